"""Obligations and words become notices: one wording a language and medium, with slots."""

from forthwith.drafting.run import DraftReport, draft, groups_of, wordings

__all__ = ["DraftReport", "draft", "groups_of", "wordings"]
