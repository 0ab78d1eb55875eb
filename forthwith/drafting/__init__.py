"""Obligations and words become notices: one wording a language and medium, with slots."""
