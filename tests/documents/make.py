"""Writes the documents of this folder, and `expected.json` with the articles expected of them.

Run it by hand after a change: `python tests/documents/make.py`. PDF files need reportlab, which is
used nowhere else. Every document is written from the paragraphs that are expected of it, never the
other way round.
"""

# ruff: noqa: E501 - markup and its expectation read better side by side

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
GOOD, HOSTILE = HERE / "good", HERE / "hostile"
STAMP = (2024, 1, 1, 0, 0, 0)  # of every entry, so that the same script makes the same bytes

LAMPS = (
    "The harbour of Tolmin has forty lamps, and every one of them is lit by hand. Nobody remembers "
    "why the council never took the offer of electric light.",
    "“We like to see a face behind a flame,” says Mira Kost, who has carried the ladder since 1987. "
    "She knows which lamps smoke and which ones only pretend to.",
    "In winter the round takes three hours. In summer it takes four, because people stop to talk.",
)
WELL = (
    "A well was dug behind the school in Arvik in 1911, nineteen metres deep, by six men and a boy.",
    "The boy, Nils, went on to dig forty more. He used to say that water is patient and that people "
    "should learn it from her.",
)
RUSSIAN = (
    "Старый трамвай номер шесть снова выходит на линию в субботу, сообщили в депо на Речной улице.",
    "Вагон построен в 1938 году. Его восстановили восемь пенсионеров, которые собирались по "
    "вечерам в течение четырёх лет и не взяли за работу ни копейки.",
)
FRENCH = (
    "Le boulanger de Sainte-Ombre ferme son four à midi, été comme hiver, et personne n’a jamais "
    "réussi à lui faire changer d’idée.",
    "« Le pain dort l’après-midi », explique-t-il à ceux qui arrivent trop tard.",
)
JAPANESE = (
    "村の郵便局は毎朝七時に開きます。局長の田中さんは三十年間一度も遅れたことがありません。",
    "手紙は自転車で配られます。雨の日には、子どもたちが傘を持って手伝います。",
)
CHINESE = (
    "河边的老茶馆每天早上五点开门，第一壶茶总是留给扫街的人。",
    "老板姓陈，今年七十二岁。他说，茶凉了可以再泡，人走了就不好找了。",
)

expected: dict[str, list[dict[str, object]]] = {}
refused: dict[str, str] = {}


def good(name: str, data: bytes, *articles: dict[str, object]) -> None:
    """A document, and the articles in it."""
    (GOOD / name).write_bytes(data)
    expected[name] = list(articles)


def hostile(name: str, data: bytes, reason: str) -> None:
    """A document that is refused, and a part of the reason."""
    (HOSTILE / name).write_bytes(data)
    refused[name] = reason


def art(title: str, paragraphs: tuple[str, ...] | list[str], **more: object) -> dict[str, object]:
    """What is expected of one article."""
    return {"title": title, "paragraphs": list(paragraphs), **more}


def blank(paragraphs: tuple[str, ...]) -> str:
    """Paragraphs with blank lines between them."""
    return "\n\n".join(paragraphs) + "\n"


def zipped(files: dict[str, bytes], stored: tuple[str, ...] = ()) -> bytes:
    """A ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def tarred(files: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    """A TAR file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return buffer.getvalue()


def paragraphs_html(paragraphs: tuple[str, ...]) -> str:
    """Paragraphs as HTML, nothing in them to escape."""
    return "".join(f"<p>{text}</p>\n" for text in paragraphs)


def page(title: str, body: str, head: str = "") -> str:
    """A page with the usual things around its article."""
    return (
        f"<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><title>{title}</title>{head}"
        "<style>p{color:red}</style><script>var p = '<p>not text</p>';</script></head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/news'>News</a></li></ul></nav>"
        f"<main><article><h1>{title}</h1>\n{body}</article></main>"
        "<aside class='related'><h3>Related stories</h3><ul><li><a href='/a'>A goat is mayor</a>"
        "</li></ul></aside><footer><p>© 2024 The Tolmin Post. All rights reserved.</p></footer>"
        "</body></html>"
    )


def make_text() -> None:
    """Plain text in many encodings."""
    good("plain.txt", blank(LAMPS).encode(), art("plain", LAMPS, language="en"))
    for encoding in ("utf-16-le", "utf-16-be"):
        good(
            f"no-mark-{encoding}.txt",
            blank(LAMPS).encode(encoding),
            art(f"no-mark-{encoding}", LAMPS),
        )
    good("mark-utf-16.txt", "\ufeff".encode("utf-16-le") + blank(WELL).encode("utf-16-le"),
         art("mark-utf-16", WELL))  # fmt: skip
    for encoding in ("cp1251", "koi8-r", "cp866"):
        good(f"tram-{encoding}.txt", blank(RUSSIAN).encode(encoding),
             art(f"tram-{encoding}", RUSSIAN, language="ru"))  # fmt: skip
    good(
        "four-cp1252.txt", blank(FRENCH).encode("cp1252"), art("four-cp1252", FRENCH, language="fr")
    )
    good("post-shift-jis.txt", blank(JAPANESE).encode("shift_jis"),
         art("post-shift-jis", JAPANESE, language="ja"))  # fmt: skip
    good(
        "tea-gb18030.txt",
        blank(CHINESE).encode("gb18030"),
        art("tea-gb18030", CHINESE, language="zh"),
    )
    lines = [
        "The bridge at Sommerby was closed for a single day in its life, and",
        "that was because a moose had fallen asleep on it and nobody dared to",
        "wake it up.",
    ]
    good("wrapped.txt", ("\r\n".join(lines) + "\r\n\r\n" + WELL[1] + "\r\n").encode(),
         art("wrapped", [" ".join(lines), WELL[1]]))  # fmt: skip


def make_markdown() -> None:
    """Markdown."""
    front = "---\ntitle: 'Lamps: a round'\ndate: 2024-02-29\nauthor: Mira Kost\n"
    front += "canonical: https://post.example/lamps\n---\n"
    good("front-matter.md", (front + blank(LAMPS)).encode(),
         art("Lamps: a round", LAMPS, published="2024-02-29", author="Mira Kost",
             url="https://post.example/lamps"))  # fmt: skip
    text = "# How to light a lamp\n\nYou **need** a [ladder](http://x.example) &amp; a match.\n\n"
    text += "- Open the door.\n- Turn the wick.\n\n```\nwick = 3\n\nflame = True\n```\n"
    good("steps.md", text.encode(),
         art("How to light a lamp", ["You need a ladder & a match.", "Open the door.",
                                     "Turn the wick.", "wick = 3\n\nflame = True"]))  # fmt: skip


def make_pages() -> None:
    """Web pages."""
    data = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Forty lamps",
            "datePublished": "2024-05-02T10:00:00+02:00", "dateModified": "2024-05-03",
            "author": [{"@type": "Person", "name": "Mira Kost"}]}  # fmt: skip
    head = f"<script type='application/ld+json'>{json.dumps(data)}</script>"
    head += "<link rel='canonical' href='https://post.example/forty-lamps?a=1&amp;b=2'>"
    body = "<div class='cookie-banner'><p>We use cookies to improve your experience.</p></div>"
    body += "<p class='byline'>By Mira Kost</p>" + paragraphs_html(LAMPS)
    body += "<div class='newsletter'><p>Subscribe to our newsletter</p></div>" + paragraphs_html(
        WELL
    )
    body += "<section id='comments' class='comments'><h2>Comments</h2><p>First! I love lamps and I "
    body += "would light them all day long if they let me, honestly.</p></section>"
    good("news.html", page("Forty lamps", body, head).encode(),
         art("Forty lamps", LAMPS + WELL, author="Mira Kost", published="2024-05-02",
             updated="2024-05-03", url="https://post.example/forty-lamps?a=1&b=2"))  # fmt: skip

    inline = "<p>The council met on <time datetime='2024-05-02'>Thursday</time> at noon.</p>"
    inline += (
        "<p>She said <q>it is open</q>, and the <label>new</label> gate was <output>40</output> "
    )
    inline += "metres wide, where <math><mi>x</mi><mo>=</mo><mn>2</mn></math> was enough.</p>"
    inline += "<div>Loose words stand in a box.<p>A paragraph follows them there.</p></div>"
    good("inline.html", page("The new gate", paragraphs_html(LAMPS) + inline).encode(),
         art("The new gate", [*LAMPS, "The council met on Thursday at noon.",
              "She said it is open, and the new gate was 40 metres wide, where x=2 was enough.",
              "Loose words stand in a box.", "A paragraph follows them there."]))  # fmt: skip

    soup = (
        "<div class='post'>"
        + "<br><br>\n".join(LAMPS)
        + "<br/><br/>Yours,<br>the lamp people</div>"
    )
    good("breaks.html", page("Breaks only", soup).encode(),
         art("Breaks only", [*LAMPS, "Yours,\nthe lamp people"]))  # fmt: skip

    table = "<table><tr><th>Lamp</th><th>Height</th></tr><tr><td>North</td><td>3 m</td></tr>"
    table += "<tr><td>South <b>pier</b></td><td>2.5&nbsp;m</td></tr></table>"
    items = (
        "<ol><li>Carry the ladder to the first lamp of the row.</li><li>Mind the tide, which comes "
    )
    items += (
        "in behind you.<ul><li>Twice a day, to be exact, and faster than most people think.</li>"
    )
    items += (
        "</ul></li></ol><dl><dt>Wick</dt><dd>The part that burns, a flat band of cotton.</dd></dl>"
    )
    good("tables-and-lists.html",
         page("Lists", paragraphs_html(LAMPS) + items + table + paragraphs_html(WELL)).encode(),
         art("Lists", [*LAMPS, "Carry the ladder to the first lamp of the row.",
             "Mind the tide, which comes in behind you.",
             "Twice a day, to be exact, and faster than most people think.", "Wick",
             "The part that burns, a flat band of cotton.", "Lamp\tHeight", "North\t3 m",
             "South pier\t2.5\u00a0m", *WELL]))  # fmt: skip

    entities = (
        "<p>Caf&eacute; &#8220;Nord&#8221; &#150; open, 5&nbsp;&euro; &lt;a coffee&gt; &amp; a "
    )
    entities += "cake, Donau&shy;dampf&shy;schiff, e\u0301tude, 1&#x202f;000, fi\ufb01.</p>"
    good("entities.html", page("Entities", paragraphs_html(LAMPS) + entities).encode(),
         art("Entities", [*LAMPS, "Café “Nord” – open, 5\u00a0€ <a coffee> & a cake, Donaudampfschiff, "
             "e\u0301tude, 1\u202f000, fi\ufb01."]))  # fmt: skip

    code = "<pre><code>def light(lamp):\n    lamp.on = True\n\n    return lamp\n</code></pre>"
    good("code.html", page("Code", paragraphs_html(LAMPS) + code + paragraphs_html(WELL)).encode(),
         art("Code", [*LAMPS, "def light(lamp):\n    lamp.on = True\n\n    return lamp", *WELL]))  # fmt: skip

    russian = page("Трамвай", paragraphs_html(RUSSIAN * 2)).replace("utf-8", "windows-1251")
    good("tram-cp1251.html", russian.encode("cp1251"), art("Трамвай", RUSSIAN * 2, language="ru"))
    unmarked = page("Трамвай", paragraphs_html(RUSSIAN * 2)).replace("<meta charset='utf-8'>", "")
    good(
        "tram-unmarked.html", unmarked.encode("cp1251"), art("Трамвай", RUSSIAN * 2, language="ru")
    )
    good("post-shift-jis.html",
         page("郵便局", paragraphs_html(JAPANESE)).replace("utf-8", "Shift_JIS").replace("©", "").encode("cp932"),
         art("郵便局", JAPANESE, language="ja"))  # fmt: skip
    good("utf-16.html", "\ufeff".encode("utf-16-le") + page("Sixteen", paragraphs_html(LAMPS)).encode(
         "utf-16-le"), art("Sixteen", LAMPS))  # fmt: skip
    strict = (
        '<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head>'
    )
    strict += f"<title>Strict</title></head><body>{paragraphs_html(LAMPS)}</body></html>"
    good("strict.xhtml", strict.encode(), art("Strict", LAMPS))
    good("short.html", b"<html><head><title>Short</title></head><body><nav><a href='/'>Home</a></nav>"
         b"<main><p>Closed on Monday.</p></main></body></html>", art("Short", ["Closed on Monday."]))  # fmt: skip
    nested = "<div>" * 300 + paragraphs_html(LAMPS) + "</div>" * 300
    good("nested-300.html", page("Nested", nested).encode(), art("Nested", LAMPS))


def make_documents() -> None:
    """DOCX and EPUB."""
    w = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"

    def docx(body: str) -> bytes:
        core = (
            "<cp:coreProperties xmlns:cp='http://schemas.openxmlformats.org/package/2006/metadata/"
            "core-properties' xmlns:dc='http://purl.org/dc/elements/1.1/' "
            "xmlns:dcterms='http://purl.org/dc/terms/'><dc:creator>Mira Kost</dc:creator>"
            "<dcterms:created>2024-01-05T08:00:00Z</dcterms:created></cp:coreProperties>"
        )
        return zipped({
            "[Content_Types].xml": b"<Types xmlns='http://schemas.openxmlformats.org/package/2006/"
            b"content-types'/>",
            "word/document.xml": f"<w:document {w}><w:body>{body}</w:body></w:document>".encode(),
            "docProps/core.xml": core.encode(),
        })  # fmt: skip

    def p(inner: str, style: str = "") -> str:
        look = f"<w:pPr><w:pStyle w:val='{style}'/></w:pPr>" if style else ""
        return f"<w:p>{look}{inner}</w:p>"

    def r(text: str) -> str:
        return f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>"

    good("plain.docx", docx(p(r("Forty lamps"), "Title") + "".join(p(r(text)) for text in LAMPS)),
         art("Forty lamps", LAMPS, author="Mira Kost", published="2024-01-05"))  # fmt: skip
    tricky = p(r("The ") + f"<w:ins>{r('new ')}</w:ins><w:del><w:r><w:delText>old </w:delText></w:r>"
               f"</w:del><w:hyperlink>{r('ladder ')}</w:hyperlink><w:sdt><w:sdtContent>{r('stands ')}"
               f"</w:sdtContent></w:sdt><w:fldSimple w:instr='X'>{r('in ')}</w:fldSimple><w:smartTag>"
               f"{r('Tolmin')}</w:smartTag><w:r><w:noBreakHyphen/></w:r>" + r("Nord."))  # fmt: skip
    tricky += f"<w:sdt><w:sdtContent>{p(r('A paragraph in a box.'))}</w:sdtContent></w:sdt>"
    tricky += p("<w:r><w:t>Line one</w:t><w:br/><w:t>line two</w:t></w:r>") + p("")
    tricky += "<w:tbl><w:tr><w:tc>" + p(r("Lamp")) + "</w:tc><w:tc>" + p(r("Height"))
    tricky += "</w:tc></w:tr><w:tr><w:tc>" + p(r("North")) + "</w:tc><w:tc>" + p(r("3 m"))
    tricky += "</w:tc></w:tr></w:tbl>"
    good("tricky.docx", docx(tricky),
         art("tricky", ["The new ladder stands in Tolmin\u2011Nord.", "A paragraph in a box.",
                        "Line one\nline two", "Lamp\tHeight", "North\t3 m"]))  # fmt: skip

    def chapter(title: str, paragraphs: tuple[str, ...]) -> bytes:
        return (f"<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml'>"
                f"<head><title>{title}</title></head><body><h1>{title}</h1>"
                f"{paragraphs_html(paragraphs)}</body></html>").encode()  # fmt: skip

    package = (
        "<package xmlns='http://www.idpf.org/2007/opf'><metadata "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>The Book of Lamps</dc:title>"
        "<dc:creator>Mira Kost</dc:creator><dc:language>en-GB</dc:language><dc:date>2020-03-01"
        "</dc:date></metadata><manifest><item id='b' href='two.xhtml' "
        "media-type='application/xhtml+xml'/><item id='a' href='text/one%20a.xhtml' "
        "media-type='application/xhtml+xml'/><item id='t' href='title.xhtml' "
        "media-type='application/xhtml+xml'/></manifest><spine><itemref idref='t'/><itemref idref='a'/>"
        "<itemref idref='b'/></spine></package>"
    )
    container = b"<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles>"
    container += b"<rootfile full-path='OEBPS/book.opf'/></rootfiles></container>"
    book = zipped({
        "mimetype": b"application/epub+zip", "META-INF/container.xml": container,
        "OEBPS/book.opf": package.encode(), "OEBPS/two.xhtml": chapter("The Well", WELL),
        "OEBPS/text/one a.xhtml": chapter("The Round", LAMPS),
        "OEBPS/title.xhtml": b"<html><body><h1>The Book of Lamps</h1></body></html>",
    }, stored=("mimetype",))  # fmt: skip
    about = {"author": "Mira Kost", "published": "2020-03-01", "language": "en"}
    good("book.epub", book, art("The Book of Lamps: The Round", LAMPS, **about),
         art("The Book of Lamps: The Well", WELL, **about))  # fmt: skip


def make_tables() -> None:
    """CSV, TSV, JSON and JSONL."""
    rows = "Title,Date,Link,Body\r\n"
    rows += f'Lamps,2024-05-02,https://post.example/1,"{LAMPS[0]}\r\n\r\n{LAMPS[2]}"\r\n'
    rows += f'Well,05.06.2023,,"{WELL[0]} ""Deep,"" he said."\r\n'
    good("comma.csv", rows.encode(),
         art("Lamps", [LAMPS[0], LAMPS[2]], published="2024-05-02", url="https://post.example/1"),
         art("Well", [WELL[0] + ' "Deep," he said.'], published="2023-06-05"))  # fmt: skip
    good("semicolon.csv", f"titre;texte\nLe four;{FRENCH[0]}\n".encode("cp1252"),
         art("Le four", [FRENCH[0]], language="fr"))  # fmt: skip
    good(
        "tabs.tsv", f"id\theadline\tcontent\n7\tWell\t{WELL[0]}\n".encode(), art("Well", [WELL[0]])
    )
    good("list.json", json.dumps([
        {"headline": "Lamps", "body": blank(LAMPS), "author": {"name": "Mira Kost"}},
        {"title": "Well", "paragraphs": list(WELL), "date": "2023-06-05"}]).encode(),
        art("Lamps", LAMPS, author="Mira Kost"), art("Well", WELL, published="2023-06-05"))  # fmt: skip
    good("jsonfeed.json", json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Post",
        "items": [{"id": "1", "url": "https://post.example/1", "title": "Lamps",
                   "content_html": paragraphs_html(LAMPS), "date_published": "2024-05-02T08:00:00Z"}],
        }).encode(), art("Lamps", LAMPS, url="https://post.example/1", published="2024-05-02"))  # fmt: skip
    good("channel.json", json.dumps({"name": "Tolmin", "type": "public_channel", "id": 1234567,
        "messages": [
            {"id": 1, "type": "service", "action": "create_channel", "text": ""},
            {"id": 2, "type": "message", "date": "2024-05-02T08:00:00", "from": "Tolmin",
             "text": [LAMPS[0] + "\n\n", {"type": "bold", "text": WELL[0]}, ""]},
            {"id": 3, "type": "message", "date": "2024-05-03T08:00:00", "text": "", "photo": "x.jpg"},
            {"id": 4, "type": "message", "date": "2024-05-04T08:00:00", "edited": "2024-05-05T08:00:00",
             "text": WELL[1]}]}).encode(),
        art(" ".join(LAMPS[0].split()[:10]) + "…", [LAMPS[0], WELL[0]], published="2024-05-02",
            url="https://t.me/c/1234567/2", author="Tolmin"),
        art(" ".join(WELL[1].split()[:10]) + "…", [WELL[1]], published="2024-05-04",
            updated="2024-05-05", url="https://t.me/c/1234567/4"))  # fmt: skip
    good("articles.jsonl", (json.dumps({"title": "Lamps", "paragraphs": list(LAMPS), "id": "lamps-1"})
         + "\n" + json.dumps({"title": "Well", "paragraphs": list(WELL), "pages": [3, None]}) + "\n"
         ).encode(), art("Lamps", LAMPS, id="lamps-1"), art("Well", WELL, pages=[3, None]))  # fmt: skip


def make_streams() -> None:
    """Feeds, mail and archives."""
    rss = '<?xml version="1.0" encoding="windows-1251"?>\n<rss version="2.0" '
    rss += 'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Депо</title>'
    rss += "<language>ru</language><item><title>Трамвай &amp; депо</title>"
    rss += "<link>https://depo.example/6</link><pubDate>Thu, 02 May 2024 08:00:00 GMT</pubDate>"
    rss += f"<description>Кратко</description><content:encoded><![CDATA[{paragraphs_html(RUSSIAN)}"
    rss += "<script>x()</script>]]></content:encoded></item></channel></rss>"
    good("rss.xml", rss.encode("cp1251"), art("Трамвай & депо", RUSSIAN, published="2024-05-02",
         url="https://depo.example/6", source="https://depo.example/6"))  # fmt: skip
    atom = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Post</title><entry>'
    )
    atom += "<title type='html'>Lamps &amp;amp; ladders</title><id>urn:x:1</id>"
    atom += "<published>2024-05-02T08:00:00Z</published><updated>2024-05-04T08:00:00Z</updated>"
    atom += "<author><name>Mira Kost</name></author><content type='xhtml'><div "
    atom += f"xmlns='http://www.w3.org/1999/xhtml'>{paragraphs_html(LAMPS)}</div></content></entry></feed>"
    good("post.atom", atom.encode(), art("Lamps & ladders", LAMPS, author="Mira Kost",
         published="2024-05-02", updated="2024-05-04"))  # fmt: skip
    mail = "From mira@x.example Thu May  2 08:00:00 2024\nFrom: Mira Kost <mira@x.example>\n"
    mail += "Subject: =?utf-8?q?Lamps_=E2=80=93_again?=\nDate: Thu, 2 May 2024 08:00:00 +0200\n"
    mail += f"Message-ID: <1@x.example>\nContent-Type: text/plain; charset=utf-8\n\n{LAMPS[0]}\n\n"
    mail += (
        "On Monday Nils wrote:\n> Are they lit?\n\n>From the pier one sees them all.\n\n-- \nMira\n"
    )
    mail += "\nFrom nils@x.example Fri May  3 08:00:00 2024\nFrom: nils@x.example\nSubject: Well\n"
    mail += "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n"
    mail += f"<p>{WELL[0]}</p><p>{WELL[1]}</p>\n--b--\n"
    good("list.mbox", mail.encode(),
         art("Lamps – again", [LAMPS[0], "From the pier one sees them all."], author="Mira Kost",
             published="2024-05-02"), art("Well", WELL, author="nils@x.example"))  # fmt: skip
    inner = zipped({"deep/well.txt": blank(WELL).encode(), "deep/.hidden.txt": b"No."})
    good("nested.zip", zipped({"lamps.txt": blank(LAMPS).encode(), "more/inner.zip": inner,
         "more/tram.html": page("Трамвай", paragraphs_html(RUSSIAN * 2)).encode()}),
         art("lamps", LAMPS), art("well", WELL), art("Трамвай", RUSSIAN * 2))  # fmt: skip
    good("articles.tar.gz", gzip.compress(tarred({"a/lamps.md": b"# Lamps\n\n" + blank(LAMPS).encode(),
         "a/well.txt": blank(WELL).encode()}), mtime=0), art("Lamps", LAMPS), art("well", WELL))  # fmt: skip
    good("note.txt.gz", gzip.compress(blank(WELL).encode(), mtime=0), art("note", WELL))


def make_pdf() -> None:
    """PDF, drawn with reportlab."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

    text = LAMPS + WELL
    long = tuple(
        f"{text[n % 5]} {text[(n + 1) % 5]} {text[(n + 3) % 5]} That was number {n}."
        for n in range(16)
    )

    def document(
        columns: int, paragraphs: tuple[str, ...], style: ParagraphStyle, **info: str
    ) -> bytes:
        buffer = io.BytesIO()

        def furniture(canvas: Canvas, _: object) -> None:
            canvas.setFont("Times-Roman", 9)
            canvas.drawString(72, 800, "The Tolmin Post — Annual Report")
            canvas.drawCentredString(297, 30, str(canvas.getPageNumber()))

        width = (595 - 144 - 24 * (columns - 1)) / columns
        frames = [Frame(72 + n * (width + 24), 72, width, 690, 0, 0, 0, 0) for n in range(columns)]
        made = BaseDocTemplate(buffer, pagesize=(595, 842), invariant=1, pageCompression=1, **info)
        made.addPageTemplates(PageTemplate(frames=frames, onPage=furniture))
        made.build([Paragraph(one, style) for one in paragraphs])
        return buffer.getvalue()

    spaced = ParagraphStyle("a", fontName="Times-Roman", fontSize=11, leading=14, spaceAfter=8)
    indented = ParagraphStyle(
        "b", fontName="Times-Roman", fontSize=10, leading=12, firstLineIndent=14
    )
    wide = ParagraphStyle("c", fontName="Helvetica", fontSize=11, leading=22, spaceAfter=14)
    for name, columns, style in (("one-column", 1, spaced), ("two-columns", 2, indented),
                                 ("wide-leading", 1, wide)):  # fmt: skip
        good(f"{name}.pdf", document(columns, long, style, title=f"Report {name}", author="Mira Kost"),
             art(f"Report {name}", long, author="Mira Kost", first_page=1))  # fmt: skip
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842), invariant=1)
    canvas.setFont("Times-Roman", 11)
    for n, line in enumerate(["The lamp-lighter’s ladder is a well-known sight in the har-",
                              "bour of Tolmin, and the lamp-", "lighter knows it as well as",
                              "anyone could wish to know a ladder."]):  # fmt: skip
        canvas.drawString(72, 700 - 14 * n, line)
    canvas.save()
    good("hyphens.pdf", buffer.getvalue(), art("hyphens", [
        "The lamp-lighter’s ladder is a well-known sight in the harbour of Tolmin, and the lamp-lighter "
        "knows it as well as anyone could wish to know a ladder."], first_page=1))  # fmt: skip
    for name, secret in (("scanned.pdf", None), ("locked.pdf", "x")):
        buffer = io.BytesIO()
        if secret:
            canvas = Canvas(buffer, invariant=1, encrypt=secret)
            canvas.drawString(72, 700, "Nobody reads this.")
        else:
            from reportlab.lib.utils import ImageReader

            canvas = Canvas(buffer, invariant=1)
            pixels = b"P5 8 8 255\n" + bytes(range(64))
            canvas.drawImage(ImageReader(io.BytesIO(pixels)), 72, 72, 400, 600)
        canvas.save()
        reason = "it is encrypted" if secret else "scanned pages without text: run OCR on it first"
        hostile(name, buffer.getvalue(), reason)
    hostile("damaged.pdf", b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 9 0 R >>\n",
            "PDF")  # fmt: skip


def make_hostile() -> None:
    """Documents that are damaged, or made to harm."""
    zeros = b"0" * (80 * 1024 * 1024)
    hostile("bomb.zip", zipped({"a.txt": zeros}), "a ZIP bomb?")
    hostile("bomb.txt.gz", gzip.compress(b"0" * (200 * 1024 * 1024), mtime=0), "a bomb?")
    body = zipped({"a.txt": b"x" * 1000})
    hostile("lying.zip", body.replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little")),
            "damaged")  # fmt: skip
    hostile(
        "slip.zip",
        zipped({"../../evil.txt": b"Evil."}),
        "'../../evil.txt' leads out of the archive",
    )
    hostile("slip.tar", tarred({"/etc/evil.txt": b"Evil."}), "leads out of the archive")
    hostile("link.tar", tarred({}, {"a.txt": "/etc/passwd"}), "'a.txt' is a link")
    hostile("cut.zip", zipped({"a.txt": blank(LAMPS).encode()})[:-30], "a damaged ZIP file")
    laughs = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    laughs += "]><rss version='2.0'><channel><title>&i;</title></channel></rss>"
    hostile("laughs.rss", laughs.encode(), "declares entities")
    hostile("laughs.docx", zipped({"[Content_Types].xml": b"<Types/>",
            "word/document.xml": laughs.encode()}), "declares entities")  # fmt: skip
    hostile("outside.xml", b'<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY x SYSTEM '
            b'"file:///etc/passwd">]><urlset><url><loc>&x;</loc></url></urlset>', "")  # fmt: skip
    hostile("deep.html", b"<html><body>" + b"<div>" * 200_000 + b"x", "nested")
    hostile("deep.json", b"[" * 200_000, "nested too deeply")
    hostile("nul.csv", b"title,text\nA,b\x00\x00c\nD,e\n", "binary data")
    hostile("empty.txt", b"", "the file is empty")
    hostile("unknown.xml", b"<?xml version='1.0'?><invoice><sum>3</sum></invoice>", "unknown kind")
    hostile("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "DOC cannot be read")
    hostile("picture.txt", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "a PNG image")
    hostile("nothing.html", b"<html><body><script>x</script></body></html>", "no text in it")
    hostile("no-text.csv", b"sku,price\n1,2\n", "--column text=NAME")
    matryoshka = zipped({"a.txt": b"Deep."})
    for _ in range(5):
        matryoshka = zipped({"a.zip": matryoshka})
    hostile("matryoshka.zip", matryoshka, "archives in one another")


def main() -> None:
    """Make everything again."""
    import reportlab  # noqa: F401  # missing, it is missed before anything is deleted

    for folder in (GOOD, HOSTILE):
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    for make in (make_text, make_markdown, make_pages, make_documents, make_tables, make_streams,
                 make_pdf, make_hostile):  # fmt: skip
        make()
    for name, value in (("expected.json", expected), ("refused.json", refused)):
        (HERE / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
