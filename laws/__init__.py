"""GRAMMAR: the law as dated, cited data. No logic lives here."""
