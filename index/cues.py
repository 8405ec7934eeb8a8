"""Shallow cues: what kind of thing a question asks for, and what a sentence has to offer.

Word lists of a few languages; elsewhere the cues stay silent and cost nothing.
"""

from enum import IntFlag

import regex

__all__ = ["Cue", "asked", "offered"]


class Cue(IntFlag):
    """What a sentence offers; `LEANS`: it starts by pointing back at the sentence before."""

    YEAR = 1
    NUMBER = 2
    NAME = 4
    LEANS = 8


_ASKED = {
    "en": {
        Cue.YEAR: r"\bwhen\b|\b(what|which) (year|date|day|month|century|decade)\b|\bhow long ago\b",
        Cue.NUMBER: r"\bhow (many|much|long|old|far|fast|large|big|tall|high|deep|wide|often|cold|hot)\b"
        r"|\b(what|which) (percent|percentage|number|proportion|share|amount|price|temperature)\b",
        Cue.NAME: r"\b(who|whose|whom|where)\b|\b(what|which) (city|country|state|region|town)\b",
    },
    "ru": {
        Cue.YEAR: r"\bкогда\b|\bв каком (году|месяце|веке|столетии)\b|\bкакого числа\b|\bкак давно\b",
        Cue.NUMBER: r"\bсколько\b|\bкак (долго|часто|далеко)\b"
        r"|\bкак(ова|ой|ое|ая) (численность|процент|доля|высота|длина|температура|цена|возраст)\b",
        Cue.NAME: r"\b(кто|кого|кому|кем|чей|чья|чьё|где|куда|откуда)\b|\bв как(ом|ой) (городе|стране)\b",
    },
    "de": {
        Cue.YEAR: r"\bwann\b|\bin welche[mr] (jahr|monat|jahrhundert|jahrzehnt)\b|\bseit wann\b",
        Cue.NUMBER: r"\bwie ?(viele?|lange|alt|weit|gro(ß|ss)|hoch|tief|oft|schnell|kalt|hei(ß|ss))\b",
        Cue.NAME: r"\b(wer|wen|wem|wessen|wo|wohin|woher)\b|\bin welche[mr] (stadt|land)\b",
    },
    "fr": {
        Cue.YEAR: r"\bquand\b|\ben quelle année\b|\bquel (jour|mois|siècle)\b|\bquelle (année|date)\b",
        Cue.NUMBER: r"\bcombien\b|\bquel(le)? (pourcentage|nombre|âge|température|hauteur|longueur)\b",
        Cue.NAME: r"\b(qui|où)\b|\bquel(le)? (ville|pays|région)\b",
    },
    "es": {
        Cue.YEAR: r"\bcuándo\b|\bqué (año|fecha|día|mes|siglo|década)\b",
        Cue.NUMBER: r"\bcu[aá]nt[oa]s?\b|\bqué (porcentaje|número|edad|temperatura|altura)\b",
        Cue.NAME: r"\b(quién|quiénes|dónde)\b|\bqué (ciudad|país|región|estado)\b",
    },
}  # fmt: skip
_ASKED_COMPILED = {
    language: {cue: regex.compile(pattern, regex.IGNORECASE) for cue, pattern in cues.items()}
    for language, cues in _ASKED.items()
}

_YEAR = regex.compile(r"(?<!\d)(1\d|20)\d\d(?!\d)|(?<!\d)\d{3}(?!\d)|\bcentur|\bвек|\bjahrhundert|\bsiècle|\bsiglo", regex.IGNORECASE)  # fmt: skip
_NUMBER = regex.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|half"
    r"|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять|сто|тысяч\w*|миллион\w*|половин\w*"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|hundert|tausend|million(en)?|hälfte"
    r"|deux|trois|quatre|cinq|sept|huit|neuf|dix|cent|mille|dos|tres|cuatro|cinco|seis|siete|ocho"
    r"|nueve|diez|cien|mil)\b",
    regex.IGNORECASE,
)
_NAME = regex.compile(r"(?<=[\p{L}\p{N},;:)»”\"’'–—-]\s+[«“„\"'(]?)\p{Lu}\p{L}+")
_LEANS = {
    "en": r"(he|she|it|they|this|these|those|that|his|her|its|their|such|however|moreover|also|then"
    r"|there|both|another|instead|thus|therefore|so|and|but|who|which"
    r"|for example|in addition|as a result)\b",
    "ru": r"(он|она|оно|они|это|этот|эта|эти|его|её|ее|их|там|тогда|также|однако|поэтому|затем"
    r"|такой|такая|такие|но|и|а|при этом|кроме того|например)\b",
    "de": r"(er|sie|es|dies\w*|jene\w*|sein\w*|ihre?\w*|dort|dann|auch|jedoch|deshalb|daher|so|und"
    r"|aber|dabei|außerdem|zum beispiel)\b",
    "fr": r"(il|elle|ils|elles|ce|cet|cette|ces|cela|son|sa|ses|leurs?|là|alors|aussi|cependant"
    r"|donc|et|mais|ainsi|par exemple|en outre)\b",
    "es": r"(él|ella|ellos|ellas|este|esta|estos|estas|esto|ese|esa|su|sus|allí|entonces|también"
    r"|sin embargo|por eso|y|pero|así|por ejemplo|además)\b",
}
_LEANS_COMPILED = {
    language: regex.compile(r"[«“„\"'(—–-]*\s*" + pattern, regex.IGNORECASE)
    for language, pattern in _LEANS.items()
}


def asked(question: str, language: str | None) -> Cue:
    """What the question asks for; no flag when it can't be told.

    Question words of every known language are tried when `language` isn't one of them: a question
    of four words is easily taken for another language.
    """
    known = _ASKED_COMPILED.get(language or "")
    found = Cue(0)
    for cues in [known] if known else _ASKED_COMPILED.values():
        for cue, pattern in cues.items():
            if pattern.search(question):
                found |= cue
    return found


def offered(sentence: str, language: str | None) -> Cue:
    """What the sentence has: a year, a number, a name after its first word; whether it leans."""
    found = Cue(0)
    if _YEAR.search(sentence):
        found |= Cue.YEAR
    if _NUMBER.search(sentence):
        found |= Cue.NUMBER
    if _NAME.search(sentence):
        found |= Cue.NAME
    leans = _LEANS_COMPILED.get(language or "")
    if leans and leans.match(sentence):
        found |= Cue.LEANS
    return found
