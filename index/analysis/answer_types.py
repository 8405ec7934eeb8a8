"""Shallow cues: what kind of thing a question asks for, and what a sentence has to offer.

Word lists of a few languages; elsewhere the cues stay silent and cost nothing.
"""

from enum import IntFlag

import regex

__all__ = ["Cue", "asked", "is_heading", "offered"]


class Cue(IntFlag):
    """What a sentence offers; `LEANS`: it starts by pointing back at the sentence before.

    `HEADING`: it stands over the next paragraph, says what that is about, and answers nothing.
    """

    YEAR = 1
    NUMBER = 2
    NAME = 4
    LEANS = 8
    TEMPERATURE = 16
    LENGTH = 32
    MONEY = 64
    DURATION = 128
    HEADING = 256


_ASKED = {
    "en": {
        Cue.YEAR: r"\bwhen\b|\b(what|which) (year|date|day|month|century|decade)\b|\bhow long ago\b",
        Cue.NUMBER: r"\bhow (many|much|old|fast|large|big|often|heavy)\b"
        r"|\b(what|which) (percent|percentage|number|proportion|share|amount)\b",
        Cue.TEMPERATURE: r"\bhow (cold|hot|warm|cool)\b|\btemperatures?\b",
        Cue.LENGTH: r"\bhow (far|tall|high|deep|wide|long is|long are|thick)\b|\bwhat (height|length|depth)\b",
        Cue.MONEY: r"\bhow (much|expensive)\b.*\b(cost|pay|paid|costs|price|earn|spend|spent|worth|money)\b|\b(price|cost|fee|salary)\b",
        Cue.DURATION: r"\bhow (long|old)\b(?! (is|are) the (bridge|road|river|line))",
        Cue.NAME: r"\b(who|whose|whom|where)\b|\b(what|which) (city|country|state|region|town)\b",
    },
    "ru": {
        Cue.YEAR: r"\bкогда\b|\bв каком (году|месяце|веке|столетии)\b|\bкакого числа\b|\bкак давно\b",
        Cue.NUMBER: r"\bсколько\b|\bкак часто\b|\bкак(ова|ой|ое|ая|им) (численность|процент|доля|число)\b",
        Cue.TEMPERATURE: r"\bтемператур|\bградус|\bнасколько (холодно|жарко|тепло)|\b(холодно|жарко)\b",
        Cue.LENGTH: r"\bкак далеко\b|\b(высот|длин|глубин|ширин|расстояни)\p{L}*",
        Cue.MONEY: r"\bсколько (стоит|стоил|стоила|стоило|стоят|заплат|потрат)|\b(цен|стоимост|зарплат)\p{L}*",
        Cue.DURATION: r"\bкак долго\b|\bсколько (времени|лет|часов|минут|дней|месяцев)\b",
        Cue.NAME: r"\b(кто|кого|кому|кем|чей|чья|чьё|где|куда|откуда)\b|\bв как(ом|ой) (городе|стране)\b",
    },
    "de": {
        Cue.YEAR: r"\bwann\b|\bin welche[mr] (jahr|monat|jahrhundert|jahrzehnt)\b|\bseit wann\b",
        Cue.NUMBER: r"\bwie ?(viele?|gro(ß|ss)|oft|schnell|schwer)\b",
        Cue.TEMPERATURE: r"\bwie (kalt|warm|hei(ß|ss))\b|\btemperatur",
        Cue.LENGTH: r"\bwie (weit|hoch|tief|breit)\b|\b(höhe|länge|tiefe)\b",
        Cue.MONEY: r"\bwie ?(viel|teuer)\b.*\b(kostet|kosten|kostete|zahlt|preis)|\b(preis|kosten)\b",
        Cue.DURATION: r"\bwie (lange|alt)\b",
        Cue.NAME: r"\b(wer|wen|wem|wessen|wo|wohin|woher)\b|\bin welche[mr] (stadt|land)\b",
    },
    "fr": {
        Cue.YEAR: r"\bquand\b|\ben quelle année\b|\bquel (jour|mois|siècle)\b|\bquelle (année|date)\b",
        Cue.NUMBER: r"\bcombien\b|\bquel(le)? (pourcentage|nombre|âge)\b",
        Cue.TEMPERATURE: r"\btempérature|\bdegrés\b",
        Cue.LENGTH: r"\bquelle (hauteur|longueur|profondeur|distance)\b|\bà quelle distance\b",
        Cue.MONEY: r"\bcombien\b.*\b(coût|payé|coûte|prix)",
        Cue.DURATION: r"\bcombien de (temps|jours|mois|ans|heures)\b",
        Cue.NAME: r"\b(qui|où)\b|\bquel(le)? (ville|pays|région)\b",
    },
    "es": {
        Cue.YEAR: r"\bcuándo\b|\bqué (año|fecha|día|mes|siglo|década)\b",
        Cue.NUMBER: r"\bcu[aá]nt[oa]s?\b|\bqué (porcentaje|número|edad)\b",
        Cue.TEMPERATURE: r"\btemperatura|\bgrados\b",
        Cue.LENGTH: r"\bqué (altura|longitud|profundidad|distancia)\b|\ba qué distancia\b",
        Cue.MONEY: r"\bcuánto\b.*\b(cuesta|costó|pagó|precio)",
        Cue.DURATION: r"\bcuánto tiempo\b|\bcuántos (días|meses|años)\b|\bcuántas horas\b",
        Cue.NAME: r"\b(quién|quiénes|dónde)\b|\bqué (ciudad|país|región|estado)\b",
    },
}  # fmt: skip
_ASKED_COMPILED = {
    language: {cue: regex.compile(pattern, regex.IGNORECASE) for cue, pattern in cues.items()}
    for language, cues in _ASKED.items()
}

_HEADING = 80  # characters at most; what stands under it has more
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
_OFFERED = {
    Cue.YEAR: _YEAR,
    Cue.NUMBER: _NUMBER,
    Cue.NAME: _NAME,
    Cue.TEMPERATURE: _TEMPERATURE,
    Cue.LENGTH: _LENGTH,
    Cue.MONEY: _MONEY,
    Cue.DURATION: _DURATION,
}
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
    """What the sentence has, and whether it leans on the one before."""
    found = Cue(0)
    for cue, pattern in _OFFERED.items():
        if pattern.search(sentence):
            found |= cue
    leans = _LEANS_COMPILED.get(language or "")
    if leans and leans.match(sentence):
        found |= Cue.LEANS
    return found


def is_heading(text: str, following: str) -> bool:
    """Whether a paragraph looks like a heading of the one after it: short, and no statement."""
    words = _NUMBERING.sub("", text.strip())
    return bool(
        len(words) <= _HEADING < len(following)
        and not _STATEMENT_END.search(words)
        and not any(character.isdigit() for character in words)
    )
