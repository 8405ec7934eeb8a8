"""Abbreviations, whose full stop does not end the sentence, by what may follow them.

All are in lower case, without the last full stop; `STARTERS` are words as they are written.
"""

__all__ = ["BEFORE_ANYTHING", "BEFORE_NUMBERS", "STARTERS", "UNLESS_STARTER"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# By language: titles and connectives, which are never the last word of a sentence.
BEFORE_ANYTHING: dict[str, frozenset[str]] = {
    "en": _words(
        "mr mrs ms dr prof gen sen rep gov lt col sgt capt cpl maj adm cmdr rev hon pres supt insp"
        " messrs mt ft vs e.g i.e cf viz approx"
    ),
    "de": _words(
        "hr fr dr prof dipl ing nr bzw z.b d.h u.a o.ä i.d.r s.o s.u vgl ca evtl ggf inkl zzgl"
        " sog abs art bd hl st geb gest v.a z.t u.u z d"
    ),
    "fr": _words("m mm mme mmes mlle mlles mgr dr pr me p.ex cf env av apr vol éd ex c.-à-d"),
    "es": _words("sr sra srta sres dr dra d dª ud uds lic ing arq prof p.ej núm pág págs art ej"),
    "it": _words("sig sigg dott prof avv ing arch on es art pag"),
    "pt": _words("sr sra dr dra prof profª exmo eng art pág n"),
    "nl": _words("dhr mevr mr dr prof ir drs bijv o.a d.w.z ca nr"),
    "ru": _words(
        "т.е т.н т.к ул просп пр-т пер пл наб бул ш им проф акад доц св о-в рис табл гл см ср"
        " напр тов гос ред изд илл соч чл-корр канд г-н г-жа ген полк обл р-н оз гор дер пос"
    ),
    "uk": _words("т.зв ім вул просп проф акад св рис табл див напр обл"),
}

# They belong to a number after them; before anything else, the full stop ends the sentence.
BEFORE_NUMBERS: frozenset[str] = _words(
    "no nos nr art sec ch p pp vol vols fig figs eq ver v op par para jan feb mar apr jun jul aug"
    " sep sept oct nov dec c ca circa approx est"
    " № n с стр ст п пп гл рис табл кн вып д кв корп стр оф тел янв фев мар апр июн июл авг сен"
    " сент окт ноя нояб дек"
    " s seite kap str jan febr jän núm pág págs t éd"
)

# They may end a sentence, but only when the next word is one of STARTERS.
UNLESS_STARTER: frozenset[str] = _words(
    "u.s u.k u.n u.s.a e.u d.c l.a n.y inc ltd co corp bros jr sr st ave blvd rd ph.d m.d b.a m.a"
    " al dept univ assn ed eds ee.uu"
    " г гг в вв р руб коп тыс млн млрд чел км м кг ст др пр"
    " str ggmbh mio mrd tsd j.-c jh"
)

# Words that begin a sentence when they have a capital letter: they are hardly ever part of a name.
STARTERS: frozenset[str] = _words(
    "The This That These Those He She It They We You There Then When Where What Why How But And"
    " However Although Because While After Before If His Her Its Their Our My Some Many Most Such"
    " In Of On At As Again Not With For By From"
    " Meanwhile Moreover Nevertheless Instead Later Still Thus Yet Once Since Though"
    " Он Она Оно Они Мы Вы Это Этот Эта Эти Потом Затем Тогда Там Здесь Но Однако Если Когда Где"
    " Как Что Кто Почему Поэтому После Также Его Её Их Наш Всё Все Теперь Сегодня Позже Так"
    " Er Sie Es Wir Ihr Das Die Der Dies Diese Dieser Dann Aber Und Doch Wenn Dort Hier Danach"
    " Il Elle Ils Elles Nous Vous Ce Cette Ces Mais Puis Alors Les Une Cela Ensuite Pourtant"
    " Él Ella Ellos Ellas Nosotros Esto Este Esta Pero Luego Entonces Después También"
)
