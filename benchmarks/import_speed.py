"""Speed of imports: 1,000 web pages, and one article into a library of 100,000.

    python -m benchmarks.import_speed [--pages 1000] [--library 100000]

The pages are made up: plain ones of about 5 kB, and ones with menus and boxes like those of
newspapers, in four scripts. They are compared with trafilatura alone, which reads the same pages in
one process; ours is the whole command, from its start to its end, into a new library. When others
use the machine, the processor time (with that of children) says more than the clock, so the load
average is printed too.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from corpus import Article, Library, Paragraph
from corpus.ingest.ingest import ingest
from corpus.place_result import ReadOptions

WORDS = ["harbour", "lamp", "ladder", "council", "winter", "people", "light", "bridge", "river", "story", "month", "question", "answer", "because", "however", "although", "between", "against", "without", "through", "during", "before", "after", "every", "some", "many"]  # fmt: skip


SCRIPTS = {
    "en": WORDS,
    "ru": [
        "гавань",
        "лампа",
        "лестница",
        "совет",
        "зима",
        "люди",
        "свет",
        "мост",
        "река",
        "история",
        "месяц",
        "вопрос",
        "ответ",
        "потому",
        "однако",
        "хотя",
        "между",
        "против",
        "без",
        "через",
        "во",
        "время",
        "до",
        "после",
        "каждый",
        "некоторые",
        "многие",
    ],
    "ar": [
        "الميناء",
        "المصباح",
        "السلم",
        "المجلس",
        "الشتاء",
        "الناس",
        "الضوء",
        "الجسر",
        "النهر",
        "القصة",
        "الشهر",
        "السؤال",
        "الجواب",
        "لأن",
        "لكن",
        "رغم",
        "بين",
        "ضد",
        "بدون",
        "خلال",
        "أثناء",
        "قبل",
        "بعد",
        "كل",
        "بعض",
        "كثير",
    ],
    "zh": list(
        "港口灯光梯子委员会冬天人们桥梁河流故事月份问题答案因为然而虽然之间反对没有通过期间之前之后每个一些许多"
    ),
}
MAIN = "import sys; from bot.cli.main import main; sys.exit(main())"


def sentence(draw: random.Random, language: str = "en") -> str:
    """A sentence of made-up prose."""
    t = draw.choices(SCRIPTS[language], k=draw.randint(8, 22))
    return "".join(t) + "。" if language == "zh" else " ".join(t).capitalize() + "."


def page(number: int) -> str:
    """A page of about 5 kB with what usually surrounds an article."""
    draw = random.Random(number)
    body = "".join(
        f"<p>{' '.join(sentence(draw) for _ in range(4))}</p>" for _ in range(draw.randint(6, 9))
    )
    links = "".join(f"<li><a href='/{n}'>{sentence(draw)[:30]}</a></li>" for n in range(12))
    return (
        f"<!DOCTYPE html><html lang=en><head><title>{sentence(draw)} | Post</title>"
        f"<meta property='article:published_time' content='2024-05-{number % 28 + 1:02}'></head>"
        f"<body><nav><ul>{links}</ul></nav><main><article><h1>{sentence(draw)}</h1>{body}</article>"
        "</main><aside class=related><h3>Related</h3></aside><footer>© Post</footer></body></html>"
    )


def newspaper(number: int) -> str:
    """A page with menus, a cookie notice, scripts, JSON-LD, pictures, comments and other stories."""
    draw = random.Random(number)
    language = list(SCRIPTS)[number % len(SCRIPTS)]

    def said(most: int = 1000) -> str:
        return sentence(draw, language)[:most]

    title = said(60)
    day = f"2024-03-{number % 28 + 1:02}"
    about = {
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": day,
        "author": {"name": "J. Doe"},
    }
    menu = "".join(f"<li class=nav-item><a href='/s/{n}'>{said(14)}</a></li>" for n in range(14))
    body = (
        "".join(
            f"<p>{said()} {said()} <a href='/x/{n}'>{said(20)}</a> {said()} {said()}</p>"
            + (f"<h2>{said(40)}</h2>" if n % 3 == 2 else "")
            + (
                f"<figure><img src='{n}.jpg'><figcaption>{said()}</figcaption></figure>"
                if n % 4 == 1
                else ""
            )
            for n in range(draw.randint(5, 8))
        )
        + f"<p>{said()} {said()}</p>"
    )
    comments = "".join(
        f"<div class=comment><b>User {n}</b><p>{said()}</p><a href='#'>Reply</a></div>"
        for n in range(4)
    )
    related = "".join(
        f"<li><a href='/r/{n}'><img src='{n}.png'>{said(50)}</a></li>" for n in range(5)
    )
    return (
        f"<!DOCTYPE html><html lang={language}><head><meta charset=utf-8><title>{title} - The Post</title>"
        f"<meta property='og:title' content='{title}'><link rel=canonical href='https://post.example/{number}'>"
        f"<script type='application/ld+json'>{json.dumps(about)}</script><script>var a = {{b: [1, 2]}};</script>"
        f"<style>.a {{color: red}}</style></head><body class=single><header><nav><ul>{menu}</ul></nav></header>"
        "<div class=cookie-consent><p>We use cookies.</p><button>Accept</button></div><main><article class=post>"
        f"<h1>{title}</h1><div class=byline>By J. Doe <time datetime={day}>{day}</time></div>"
        f"<div class=share-buttons><a href='#'>Facebook</a></div><div class=entry-content>{body}</div></article>"
        f"<section id=comments class=comments><h3>Comments</h3>{comments}</section></main><aside class=sidebar>"
        f"<div class=related><h3>Related</h3><ul>{related}</ul></div></aside><footer>© The Post</footer></body></html>"
    )


def seconds(name: str, work: Callable[[], object]) -> tuple[float, float]:
    """Print and return how many seconds a call takes, by the clock and in processor time."""
    begun, used = time.perf_counter(), os.times()
    work()
    wall, now = time.perf_counter() - begun, os.times()
    processor = sum(now[:4]) - sum(used[:4])
    load = os.getloadavg()[0]
    print(f"{name:22} {wall:6.2f} s, processor {processor:6.2f} s, load {load:.1f}")
    return wall, processor


def pages(kind: Callable[[int], str], count: int, folder: Path) -> None:
    """Import web pages, beside trafilatura alone."""
    import trafilatura

    texts = [kind(number) for number in range(count)]
    (folder / "pages").mkdir()
    for number, text in enumerate(texts):
        (folder / "pages" / f"{number:04}.html").write_text(text)
    size = sum(len(text.encode()) for text in texts) / count / 1000
    print(f"{kind.__name__}: {count} pages of {size:.1f} kB")
    trafilatura.extract(texts[0])
    alone = seconds("trafilatura alone", lambda: [trafilatura.extract(text) for text in texts])
    seconds(
        "trafilatura, metadata",
        lambda: [trafilatura.extract(text, with_metadata=True) for text in texts],
    )

    def whole() -> None:
        command = ["--data", str(folder / "data"), "add", "--no-build", str(folder / "pages")]
        subprocess.run([sys.executable, "-c", MAIN, *command], check=True, capture_output=True)

    ours = seconds("quotebot add", whole)
    with Library.open(folder / "data" / "library.db") as library:
        assert len(library) == count
    print(
        f"times                  {ours[0] / alone[0]:6.2f}               {ours[1] / alone[1]:6.2f}"
    )


def one_more(size: int, folder: Path) -> None:
    """Add one article to a large library."""
    draw = random.Random(0)
    with Library.open(folder / "large.db") as library:
        begun = time.perf_counter()
        for start in range(0, size, 1000):
            with library.transaction():
                for number in range(start, start + 1000):
                    paragraphs = (" ".join(sentence(draw) for _ in range(4)) for _ in range(5))
                    library.add(
                        Article(
                            f"a{number}",
                            sentence(draw),
                            tuple(map(Paragraph, paragraphs)),
                            "/somewhere",
                        )
                    )
        print(f"{size} articles stored {time.perf_counter() - begun:6.1f} s")
    new = folder / "new"
    new.mkdir()
    (new / "new.html").write_text(page(-1))

    def add() -> None:
        with Library.open(folder / "large.db") as library:
            list(ingest(library, [str(new)], ReadOptions()))

    seconds("one more", add)


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--library", type=int, default=100_000)
    asked = parser.parse_args()
    for kind in (page, newspaper):
        with tempfile.TemporaryDirectory() as folder:
            pages(kind, asked.pages, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        one_more(asked.library, Path(folder))


if __name__ == "__main__":
    main()
