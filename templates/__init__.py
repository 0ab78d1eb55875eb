"""WORDS: what people outside read. Jinja2 blocks a language, one frame a medium. No logic lives here."""
