"""Answer types: what a question asks for (a year, a number), and what a sentence has.

There are patterns for a few languages. In other languages no type is found, which changes no score.
"""

from enum import IntFlag

import regex

__all__ = ["AnswerType", "expected_types", "is_heading", "types_in"]


class AnswerType(IntFlag):
    """Flags of a sentence: the types of answer in it, and two facts about its place in the text.

    `ANAPHORIC`: it starts with a word that refers to the sentence before ("He", "This", "But").
    `HEADING`: it is the heading of the next paragraph, and so never an answer. The numbers are
    stored in every index: they must not change.
    """

    YEAR = 1
    NUMBER = 2
    NAME = 4
    ANAPHORIC = 8
    TEMPERATURE = 16
    LENGTH = 32
    MONEY = 64
    DURATION = 128
    HEADING = 256


_EXPECTED = {
    "en": {
        AnswerType.YEAR: r"\bwhen\b|\b(what|which) (year|date|day|month|century|decade)\b|\bhow long ago\b",
        AnswerType.NUMBER: r"\bhow (many|much|old|fast|large|big|often|heavy)\b"
        r"|\b(what|which) (percent|percentage|number|proportion|share|amount)\b",
        AnswerType.TEMPERATURE: r"\bhow (cold|hot|warm|cool)\b|\btemperatures?\b",
        AnswerType.LENGTH: r"\bhow (far|tall|high|deep|wide|long is|long are|thick)\b|\bwhat (height|length|depth)\b",
        AnswerType.MONEY: r"\bhow (much|expensive)\b.*\b(cost|pay|paid|costs|price|earn|spend|spent|worth|money)\b|\b(price|cost|fee|salary)\b",
        AnswerType.DURATION: r"\bhow (long|old)\b(?! (is|are) the (bridge|road|river|line))",
        AnswerType.NAME: r"\b(who|whose|whom|where)\b|\b(what|which) (city|country|state|region|town)\b",
    },
    "ru": {
        AnswerType.YEAR: r"\bкогда\b|\bв каком (году|месяце|веке|столетии)\b|\bкакого числа\b|\bкак давно\b",
        AnswerType.NUMBER: r"\bсколько\b|\bкак часто\b|\bкак(ова|ой|ое|ая|им) (численность|процент|доля|число)\b",
        AnswerType.TEMPERATURE: r"\bтемператур|\bградус|\bнасколько (холодно|жарко|тепло)|\b(холодно|жарко)\b",
        AnswerType.LENGTH: r"\bкак далеко\b|\b(высот|длин|глубин|ширин|расстояни)\p{L}*",
        AnswerType.MONEY: r"\bсколько (стоит|стоил|стоила|стоило|стоят|заплат|потрат)|\b(цен|стоимост|зарплат)\p{L}*",
        AnswerType.DURATION: r"\bкак долго\b|\bсколько (времени|лет|часов|минут|дней|месяцев)\b",
        AnswerType.NAME: r"\b(кто|кого|кому|кем|чей|чья|чьё|где|куда|откуда)\b|\bв как(ом|ой) (городе|стране)\b",
    },
    "de": {
        AnswerType.YEAR: r"\bwann\b|\bin welche[mr] (jahr|monat|jahrhundert|jahrzehnt)\b|\bseit wann\b",
        AnswerType.NUMBER: r"\bwie ?(viele?|gro(ß|ss)|oft|schnell|schwer)\b",
        AnswerType.TEMPERATURE: r"\bwie (kalt|warm|hei(ß|ss))\b|\btemperatur",
        AnswerType.LENGTH: r"\bwie (weit|hoch|tief|breit)\b|\b(höhe|länge|tiefe)\b",
        AnswerType.MONEY: r"\bwie ?(viel|teuer)\b.*\b(kostet|kosten|kostete|zahlt|preis)|\b(preis|kosten)\b",
        AnswerType.DURATION: r"\bwie (lange|alt)\b",
        AnswerType.NAME: r"\b(wer|wen|wem|wessen|wo|wohin|woher)\b|\bin welche[mr] (stadt|land)\b",
    },
    "fr": {
        AnswerType.YEAR: r"\bquand\b|\ben quelle année\b|\bquel (jour|mois|siècle)\b|\bquelle (année|date)\b",
        AnswerType.NUMBER: r"\bcombien\b|\bquel(le)? (pourcentage|nombre|âge)\b",
        AnswerType.TEMPERATURE: r"\btempérature|\bdegrés\b",
        AnswerType.LENGTH: r"\bquelle (hauteur|longueur|profondeur|distance)\b|\bà quelle distance\b",
        AnswerType.MONEY: r"\bcombien\b.*\b(coût|payé|coûte|prix)",
        AnswerType.DURATION: r"\bcombien de (temps|jours|mois|ans|heures)\b",
        AnswerType.NAME: r"\b(qui|où)\b|\bquel(le)? (ville|pays|région)\b",
    },
    "es": {
        AnswerType.YEAR: r"\bcuándo\b|\bqué (año|fecha|día|mes|siglo|década)\b",
        AnswerType.NUMBER: r"\bcu[aá]nt[oa]s?\b|\bqué (porcentaje|número|edad)\b",
        AnswerType.TEMPERATURE: r"\btemperatura|\bgrados\b",
        AnswerType.LENGTH: r"\bqué (altura|longitud|profundidad|distancia)\b|\ba qué distancia\b",
        AnswerType.MONEY: r"\bcuánto\b.*\b(cuesta|costó|pagó|precio)",
        AnswerType.DURATION: r"\bcuánto tiempo\b|\bcuántos (días|meses|años)\b|\bcuántas horas\b",
        AnswerType.NAME: r"\b(quién|quiénes|dónde)\b|\bqué (ciudad|país|región|estado)\b",
    },
}  # fmt: skip
_EXPECTED_COMPILED = {
    language: {kind: regex.compile(pattern, regex.IGNORECASE) for kind, pattern in patterns.items()}
    for language, patterns in _EXPECTED.items()
}

_HEADING = 80  # characters of a heading at most; the paragraph after it must have more
_NUMBERING = regex.compile(r"^\(?\d+([.)]\d*)*\s+")
_STATEMENT_END = regex.compile(r"[.!…。！।؟]['\"’”»)\]]*$")

_YEAR = regex.compile(r"(?<!\d)(1\d|20)\d\d(?!\d)|(?<!\d)\d{3}(?!\d)|\bcentur|\bвек|\bjahrhundert|\bsiècle|\bsiglo", regex.IGNORECASE)  # fmt: skip
_NUMBER = regex.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|half"
    r"|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять|сто|тысяч\w*|миллион\w*|половин\w*"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|hundert|tausend|million(en)?|hälfte"
    r"|deux|trois|quatre|cinq|sept|huit|neuf|dix|cent|mille|dos|tres|cuatro|cinco|seis|siete|ocho"
    r"|nueve|diez|cien|mil)\b",
    regex.IGNORECASE,
)
_TEMPERATURE = regex.compile(
    r"°|℃|℉|\b(degrees?|celsius|fahrenheit|градус\w*|мороза|grad|degrés|grados)\b",
    regex.IGNORECASE,
)
_LENGTH = regex.compile(
    r"\d[\d.,]*[\s\u00a0\u202f-]*(m|km|cm|mm|miles?|feet|foot|ft|yards?|inch(es)?|met(re|er)s?"
    r"|kilomet(re|er)s?|centimet(re|er)s?|м|км|см|мм|метр\w*|километр\w*|сантиметр\w*|kilometer"
    r"|mètres?|kilomètres?|metros?|kilómetros?|meilen?)\b",
    regex.IGNORECASE,
)
_MONEY = regex.compile(
    r"[$€£¥₽]|\b(dollars?|euros?|pounds?|cents?|pence|crowns?|roubles?|rubles?|рубл\w*|доллар\w*|евро"
    r"|крон\w*|копе\w*|franken|mark|pesos?|francs?|USD|EUR)\b",
    regex.IGNORECASE,
)
_DURATION = regex.compile(
    r"\b(seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur(y|ies)|секунд\w*|минут\w*"
    r"|час\w*|дн(я|ей|и)|день|недел\w*|месяц\w*|год\w*|лет|sekunden?|minuten?|stunden?|tagen?|wochen?"
    r"|monaten?|jahren?|heures?|jours?|semaines?|mois|ans|horas?|días?|semanas?|mes(es)?|años?)\b",
    regex.IGNORECASE,
)
_NAME = regex.compile(r"(?<=[\p{L}\p{N},;:)»”\"’'–—-]\s+[«“„\"'(]?)\p{Lu}\p{L}+")
_PATTERNS = {
    AnswerType.YEAR: _YEAR,
    AnswerType.NUMBER: _NUMBER,
    AnswerType.NAME: _NAME,
    AnswerType.TEMPERATURE: _TEMPERATURE,
    AnswerType.LENGTH: _LENGTH,
    AnswerType.MONEY: _MONEY,
    AnswerType.DURATION: _DURATION,
}
_ANAPHORIC = {
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
_ANAPHORIC_COMPILED = {
    language: regex.compile(r"[«“„\"'(—–-]*\s*" + pattern, regex.IGNORECASE)
    for language, pattern in _ANAPHORIC.items()
}


def expected_types(question: str, language: str | None) -> AnswerType:
    """Return the types of answer that a question asks for; no flag when that is not clear.

    When `language` (ISO 639-1) has no patterns, those of all languages are tried: the detected
    language of a question of four words is often wrong.
    """
    known = _EXPECTED_COMPILED.get(language or "")
    found = AnswerType(0)
    for patterns in [known] if known else _EXPECTED_COMPILED.values():
        for kind, pattern in patterns.items():
            if pattern.search(question):
                found |= kind
    return found


def types_in(sentence: str, language: str | None) -> AnswerType:
    """Return the types of answer in a sentence, and `ANAPHORIC` if it is; never `HEADING`.

    `language` is an ISO 639-1 code.
    """
    found = AnswerType(0)
    for kind, pattern in _PATTERNS.items():
        if pattern.search(sentence):
            found |= kind
    anaphoric = _ANAPHORIC_COMPILED.get(language or "")
    if anaphoric and anaphoric.match(sentence):
        found |= AnswerType.ANAPHORIC
    return found


def is_heading(text: str, following: str) -> bool:
    """Whether `text` looks like the heading of the paragraph `following`.

    A heading is short, has no digits besides its numbering, and does not end like a statement.
    """
    words = _NUMBERING.sub("", text.strip())
    return bool(
        len(words) <= _HEADING < len(following)
        and not _STATEMENT_END.search(words)
        and not any(character.isdigit() for character in words)
    )
