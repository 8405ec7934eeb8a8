"""How fast articles come in: 1,000 web pages, and one article into a library of 100,000.

    python benchmarks/import_speed.py [--pages 1000] [--library 100000]

The pages are made up, about 5 kB each. The first number to compare with is trafilatura alone, one
process, reading the same pages to text. Processor time, of children too, tells more than the clock
when others use the machine: the average number of processes that want to run is printed.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from corpus import Article, Library, Paragraph
from corpus.intake import take_in
from corpus.visits import Options

WORDS = ["harbour", "lamp", "ladder", "council", "winter", "people", "light", "bridge", "river", "story", "month", "question", "answer", "because", "however", "although", "between", "against", "without", "through", "during", "before", "after", "every", "some", "many"]  # fmt: skip


def sentence(draw: random.Random) -> str:
    """A sentence of made-up prose."""
    words = draw.choices(WORDS, k=draw.randint(8, 22))
    return " ".join(words).capitalize() + "."


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


def seconds(name: str, work: Callable[[], object]) -> tuple[float, float]:
    """How long a call takes, by the clock and in processor time; printed."""
    begun, used = time.perf_counter(), os.times()
    work()
    wall, now = time.perf_counter() - begun, os.times()
    processor = sum(now[:4]) - sum(used[:4])
    load = os.getloadavg()[0]
    print(f"{name:22} {wall:6.2f} s, processor {processor:6.2f} s, load {load:.1f}")
    return wall, processor


def pages(count: int, folder: Path) -> None:
    """Web pages in, against trafilatura alone."""
    import trafilatura

    texts = [page(number) for number in range(count)]
    for number, text in enumerate(texts):
        (folder / f"{number:04}.html").write_text(text)
    print(f"{count} pages of {sum(map(len, texts)) / count / 1000:.1f} kB")
    trafilatura.extract(texts[0])
    alone = seconds("trafilatura alone", lambda: [trafilatura.extract(text) for text in texts])
    seconds(
        "trafilatura, metadata",
        lambda: [trafilatura.extract(text, with_metadata=True) for text in texts],
    )

    def whole() -> None:
        with Library.open(folder / "library.db") as library:
            outcomes = list(take_in(library, [str(folder)], Options()))
        assert sum(one.change == "added" for one in outcomes) == count

    ours = seconds("read, cleaned, stored", whole)
    print(
        f"times                  {ours[0] / alone[0]:6.2f}               {ours[1] / alone[1]:6.2f}"
    )


def one_more(size: int, folder: Path) -> None:
    """One article into a large library."""
    draw = random.Random(0)
    with Library.open(folder / "large.db") as library:
        begun = time.perf_counter()
        for start in range(0, size, 1000):
            library.add_all(
                Article(
                    f"a{number}",
                    sentence(draw),
                    tuple(Paragraph(" ".join(sentence(draw) for _ in range(4))) for _ in range(5)),
                    "/somewhere",
                )
                for number in range(start, start + 1000)
            )
        print(f"{size} articles stored {time.perf_counter() - begun:6.1f} s")
    new = folder / "new"
    new.mkdir()
    (new / "new.html").write_text(page(-1))

    def add() -> None:
        with Library.open(folder / "large.db") as library:
            list(take_in(library, [str(new)], Options()))

    seconds("one more", add)


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--library", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pages(asked.pages, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        one_more(asked.library, Path(folder))


if __name__ == "__main__":
    main()
