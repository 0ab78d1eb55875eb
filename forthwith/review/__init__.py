"""Legal's gate: what is decided, by whom, on exactly what."""
