"""ORDER: the Prefect flows. Each is a few lines that call verbs; no SQL, no rule, no provider."""
