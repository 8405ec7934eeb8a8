"""Stop words: words that don't say what a question is about.

In a large corpus these words have a low idf. In a small corpus "where" may be rare, and would get a
high weight without this list. It has only question words, auxiliaries, pronouns, articles,
prepositions and conjunctions.
"""

from functools import cache

from index.analysis.tokenizer import analyse

__all__ = ["function_terms"]

_WORDS = {
    "en": """a an the this that these those what which who whom whose when where why how
        is are was were be been being am do does did done has have had having will would shall
        should can could may might must of in on at to for from by with as into about over under
        between through during than and or but if not no so it its he him his she her hers they
        them their there here i me my we us our you your any some all many much more most such
        same other only also very just tell please know name called say said 's s
        """,
    "ru": """и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по ее её
        мне было вот от меня о об из ему теперь когда даже ну ли если или быть был была были есть
        будет него до вас нибудь уж вам ведь там потом себя ничего ей может они тут где надо ней
        для мы тебя их чем сам чтоб без чего раз тоже себе под ж тогда кто этот эта это эти того
        потому этого какой какая какое какие каком какую каких каким почему зачем сколько чей чья
        куда откуда который которая которые которого которой при про над через между после перед
        свой своя свое своё свои нет только ещё еще уже можно нужно скажи расскажи называется
        зовут назвали
        """,
    "de": """der die das den dem des ein eine einen einem einer eines und oder aber nicht kein
        keine ist sind war waren wird werden wurde wurden sein hat haben hatte hatten kann können
        konnte soll sollte muss musste darf in im an am auf zu zum zur von vom mit bei für aus nach
        über unter vor durch um als wie wer wen wem wessen was wo wohin woher wann warum wieso
        weshalb welche welcher welches welchen welchem wieviel viel viele es er sie ihn ihm ihr
        sich man da dort dass wenn so auch nur noch heißt hieß gibt gab
        """,
    "fr": """le la les l un une des du de d au aux et ou mais ne pas est sont était étaient être
        a ont avait avaient avoir en dans sur sous par pour avec sans chez vers entre que qui quoi
        quel quelle quels quelles quand où comment pourquoi combien ce cet cette ces c il elle ils
        elles on se s son sa ses leur leurs y n qu est-ce plus aussi fait faire peut appelle
        """,
    "es": """el la los las un una unos unas lo de del al a en con por para sin sobre entre desde
        hasta y o u e pero no es son era eran fue fueron ser está están ha han había haber qué que
        quién quiénes cuál cuáles cuándo cuanto cuánto cuánta cuántos cuántas dónde cómo se su sus
        le les este esta esto estos estas ese esa eso hay más muy también puede llama
        """,
    "it": """il lo la i gli le l un uno una di del dello della dei degli delle a al allo alla ai
        agli alle da dal dalla in nel nella con su per tra fra e o ma non è sono era erano essere
        ha hanno aveva che chi cosa quale quali quando dove come perché quanto quanta quanti quante
        si suo sua suoi sue questo questa c d chiama
        """,
    "pt": """o a os as um uma uns umas de do da dos das em no na nos nas com por para sem sobre
        entre e ou mas não é são era eram foi foram ser está estão há que quem qual quais quando
        onde como porque quanto quanta quantos quantas se seu sua seus suas este esta isso chama
        """,
    "nl": """de het een van in op aan te tot voor met bij uit naar over onder door om als en of
        maar niet is zijn was waren wordt werd werden heeft hebben had hadden kan kon zal zou moet
        wat wie waar wanneer waarom hoe welke welk hoeveel dat die dit deze er hij zij ze het hun
        heet heette
        """,
    "pl": """i w we na z ze do o od po za przez dla przy nad pod się nie jest są był była było byli
        były być ma mają co kto kogo komu kim gdzie kiedy dlaczego czemu jak jaki jaka jakie jakich
        który która które ile czy to ten ta te tego tej on ona ono oni jego jej ich a ale lub oraz
        """,
    "uk": """і й та в у на з із зі до від о об про за для при над під по не що як хто кого кому ким
        де куди звідки коли чому навіщо скільки який яка яке які якого якій чи є був була було були
        бути має він вона воно вони його її їх цей ця це ці а але або
        """,
    "sv": """en ett den det de av i på till för med om från vid under över genom och eller men inte
        är var vara har hade blir blev kan kunde ska skulle vad vem vilka vilken vilket när var
        varför hur många mycket som att han hon han sin sitt sina heter
        """,
    "tr": """ve veya ile bir bu şu o da de mi mı mu mü ne kim kimi kime kimin nerede nereye nereden
        ne zaman neden niçin niye nasıl kaç hangi hangisi için gibi kadar olarak olan oldu olduğu
        var yok ise ki daha en çok
        """,
    "ro": """un o al a ai ale cel cea cei cele de la în din pe cu pentru prin sub după între și sau
        dar nu este sunt era erau fost fi are au avea ce cine cui care când unde de cum cât câtă
        câți câte se său sa săi sale lui lor acest această acel
        """,
    "el": """ο η το οι τα του της των τον την τους τις ένας μια ένα και ή αλλά δεν να θα με σε στο
        στη στην στον στα στις από για προς είναι ήταν έχει έχουν είχε τι ποιος ποια ποιο ποιοι
        ποιες ποιον ποιαν πότε πού που πώς πως γιατί πόσο πόση πόσα πόσοι πόσες αυτό αυτή αυτός
        """,
    "ar": """في من على إلى عن مع هذا هذه ذلك تلك التي الذي الذين هو هي هم ما ماذا من متى أين كيف
        لماذا كم أي هل كان كانت يكون تكون قد لا لم لن و أو ثم أن إن التى بين بعد قبل عند
        """,
    "hi": """का की के को में से पर और या है हैं था थी थे हो होना ने कि जो यह वह ये वे इस उस क्या
        कौन किस किसे किसने किसके कब कहाँ कहां क्यों कैसे कितना कितनी कितने कौनसा कौन सा एक भी तो
        लिए द्वारा साथ
        """,
    "vi": """là của và hoặc có không được bị cho với trong ngoài trên dưới từ đến tại ở vào ra một
        các những cái này đó kia gì nào ai đâu khi bao giờ nhiêu sao thế như thì mà vì bởi đã đang
        sẽ
        """,
    "zh": "什么 怎么 怎样 为什么 为何 哪 哪里 哪个 谁 多少 几 何时 何处 吗 呢 的 了 是 在 和 与 有 个 这 那 于",
    "ja": "何 誰 どこ いつ なぜ どの どれ いくつ いくら どう か は が を に の と で も から まで です ます した",
    "th": "อะไร ใคร ที่ไหน เมื่อไร เมื่อไหร่ ทำไม อย่างไร เท่าไร เท่าไหร่ กี่ ใด คือ เป็น ของ ใน ที่ และ มี ได้",
}  # fmt: skip


@cache
def function_terms(language: str) -> frozenset[str]:
    """Return the stop words of a language (ISO 639-1) as terms; empty when there is no list."""
    return frozenset(analyse(_WORDS.get(language, ""), language))
