"""VERBS: one folder a stage, named as its users name it. Functions take the session first and never commit."""
