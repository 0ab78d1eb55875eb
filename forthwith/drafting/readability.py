"""How hard a text is to read: Flesch-Kincaid grade for English, Flesch reading ease by Amstad for German."""

import re
from dataclasses import dataclass

SENTENCE_END = re.compile(r"(?<=[.!?:])\s+|\n+")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
IGNORED = re.compile(r"\S+@\S+|https?://\S+|www\.\S+|\b\w+(?:\.\w+)+(?:/\S*)?|[‹\ue000]\w+[›\ue001]|[0-9][\d\-–./ ]*")
EASY_ENGLISH, EASY_GERMAN = 8.0, 60.0  # at most this grade; at least this ease


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its meaning. English: a school grade, low is easy. German: 0 to 100, high is easy."""

    scale: str  # flesch_kincaid_grade amstad_ease
    value: float
    easy: bool
    words: int
    sentences: int


def score(text: str, language: str) -> Score:
    """Return how readable `text` is. Addresses, links, numbers and open places don't count as words."""
    plain = IGNORED.sub(" ", text)
    sentences = [words for part in SENTENCE_END.split(plain) if len(words := WORD.findall(part)) > 1] or [[""]]
    words = [word for sentence in sentences for word in sentence]
    per_sentence, syllables = len(words) / len(sentences), sum(map(syllables_of(language), words)) / len(words)
    if language == "de":
        value = round(180 - per_sentence - 58.5 * syllables, 1)
        return Score("amstad_ease", value, value >= EASY_GERMAN, len(words), len(sentences))
    value = round(0.39 * per_sentence + 11.8 * syllables - 15.59, 1)
    return Score("flesch_kincaid_grade", value, value <= EASY_ENGLISH, len(words), len(sentences))


def syllables_of(language: str):  # type: ignore[no-untyped-def]
    """Return the function that counts a word's syllables."""
    return german if language == "de" else english


def english(word: str) -> int:
    """Count the syllables of an English word: groups of vowels, a silent e at the end not counted."""
    lower = re.sub(r"['’]s?$", "", word.lower())
    groups = len(re.findall(r"[aeiouyàâéèêëîïôûü]+", lower))
    if re.search(r"[^aeiouy]e$", lower) and not re.search(r"[^aeiouy]le$", lower):
        groups -= 1
    if re.search(r"[^aeiouytd]ed$", lower) or re.search(r"[^aeiouysxzgch]es$", lower):
        groups -= 1
    return max(groups, 1)


def german(word: str) -> int:
    """Count the syllables of a German word: groups of vowels, where au, ei, eu, ie and the like are one."""
    lower = word.lower()
    return max(len(re.findall(r"aa|ee|oo|ie|ei|ai|au|äu|eu|ui|[aeiouyäöüéèà]", lower)), 1)
