"""Detects the language of a text, offline and in a fraction of a millisecond."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.text.fasttext_model import FastTextModel

__all__ = ["detect_language"]

_CHECKSUM = "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83"  # SHA-256

LONGEST_SAMPLE = 2000  # characters; more changes nothing
SHORTEST_GUESS = 8  # letters; on shorter texts the model errs ("NATO", "Who?" → Italian, .77)
SURE_GUESS = 16  # letters, from which CONFIDENT is enough
CONFIDENT = 0.5  # probability
CONFIDENT_SHORT = 0.8  # probability for shorter texts

# Scripts of one language, or of one language far more often than of any other.
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7a3\u1100-\u11ff]")),
    ("zh", re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)
# The languages of a script; any other result of the model is wrong for a text in that script.
_SHARED_SCRIPTS = {
    "ar": {"ar", "fa", "ur", "ps", "ku", "ug", "sd"},
    "ru": {"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt", "ba", "cv"},
    "he": {"he", "yi"},
}
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")
_LETTER = re.compile(r"[^\W\d_]")
# Frequent words of questions that are too short for the model.
_QUESTION_WORDS = {
    "en": "who what when where why how which whose is was are the of did does in",
    "de": "wer was wann wo warum wie welche welcher welches ist war der die das und",
    "fr": "qui quoi quand où pourquoi comment quel quelle est était le la les",
    "es": "quién qué cuándo dónde por cómo cuál cuánto es era el la los",
    "it": "chi cosa quando dove perché come quale quanto è era il la gli",
}


def detect_language(text: str) -> str | None:
    """Return the ISO 639-1 code of a text's language; None when it is too short or too mixed.

    Works for articles and for questions of a few words. Never raises an error, and several threads
    may call it.
    """
    sample = " ".join(text[:LONGEST_SAMPLE].split())
    letters = len(_LETTER.findall(sample))
    if letters < 2:
        return None
    script = _dominant_script(sample, letters)
    if script is not None and script not in _SHARED_SCRIPTS:
        return script
    guess, score = _guess(sample)
    if script is not None:
        return _within_script(script, guess, score, sample)
    enough = CONFIDENT if letters >= SURE_GUESS else CONFIDENT_SHORT
    if letters >= SHORTEST_GUESS and score >= enough:
        return guess
    return _by_question_words(sample)


def _dominant_script(sample: str, letters: int) -> str | None:
    """The language of the script of half of the letters; a tenth is enough for Japanese kana."""
    if len(_SCRIPTS[0][1].findall(sample)) * 10 >= letters:
        return "ja"  # Japanese mixes kana with Han
    for code, pattern in _SCRIPTS[1:]:
        share = len(pattern.findall(sample))
        # A Han character counts for two: 北京 among Latin names is still Chinese.
        if share * (4 if code == "zh" else 2) >= letters:
            return code
    return None


def _within_script(script: str, guess: str | None, score: float, sample: str) -> str:
    if guess in _SHARED_SCRIPTS[script] and score >= CONFIDENT:
        return guess
    if script == "ru" and _UKRAINIAN.search(sample):
        return "uk"
    return script


def _by_question_words(sample: str) -> str | None:
    words = set(re.findall(r"[^\W\d_]+", sample.lower()))
    found = {
        code: len(words.intersection(known.split())) for code, known in _QUESTION_WORDS.items()
    }
    best = max(found, key=lambda code: found[code])
    return best if found[best] else None


def _guess(sample: str) -> tuple[str | None, float]:
    # Lone surrogates cannot be encoded. The model takes a text in capitals for Japanese.
    clean = sample.encode("utf-8", "replace").decode("utf-8")
    label, score = _model().predict(clean.lower() if clean.isupper() else clean)
    # The model has three-letter codes for languages without a two-letter one.
    return (label if label and len(label) == 2 else None), min(1.0, score)


@cache
def _model() -> "FastTextModel":
    """fastText's lid.176.ftz, which knows 176 languages; loading takes 40 ms."""
    # Lazy: numpy takes a tenth of a second to load.
    from corpus.text.fasttext_model import FastTextModel

    return FastTextModel(Path(__file__).with_name("weights") / "lid.176.ftz", _CHECKSUM)
