"""How an answer is shown on stdout, for people and for pipes."""

import locale
from dataclasses import asdict

from rich.padding import Padding
from rich.text import Text

from bot.cli.console import print_json, stdout
from bot.i18n.catalog import Catalog, catalog_for
from bot.text import in_a_row, one_line, snippet
from index.answer import Answer, Passage

__all__ = ["print_answer", "print_passage", "terminal_catalog", "to_json"]


def print_answer(answer: Answer, *, as_json: bool = False) -> None:
    """Print an answer: its best passage for people, or all of it as one JSON object."""
    if as_json:
        print_json(to_json(answer))
        return
    out, t = stdout(), terminal_catalog()
    if not answer.answered:
        out.print(Text(t("no_answer")), soft_wrap=True)
        if answer.passages:
            out.print(Text(t("nearest"), style="dim"), soft_wrap=True)
    for passage in answer.passages[:1]:
        print_passage(passage, t, t.position(0, len(answer.passages)))


def to_json(answer: Answer) -> dict[str, object]:
    """An answer as `ask --json` has it."""
    passages = []
    for passage in answer.passages:
        plain = asdict(passage)
        plain.pop("source")
        passages.append(plain)
    return {
        "question": answer.question,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "passages": passages,
    }


def print_passage(passage: Passage, t: Catalog, position: str) -> None:
    """Title, date and place, then the paragraph with the quote marked in it.

    In a pipe, where nothing is bold, the quote stands alone on the first line.
    """
    out = stdout()
    wrap = out.is_terminal
    quote = passage.quote
    place = in_a_row(
        t.when(passage.published, passage.updated),
        t.place(passage.paragraph, passage.page),
        position if wrap else "",
    )
    if not wrap:
        out.print(Text(f"“{' '.join(snippet(quote).split())}”"), soft_wrap=True)
    title = passage.title or t("untitled")
    out.print(Text.assemble((title, "bold"), "  ", (place, "dim")), soft_wrap=not wrap)
    out.print(Text(passage.url or passage.source, style="dim"), soft_wrap=True)
    point = passage.point
    text = Text.assemble(
        (passage.text[: quote.start], "dim"),
        passage.text[quote.start : point.start],
        (point.text, "bold"),
        passage.text[point.end : quote.end],
        (passage.text[quote.end :], "dim"),
    )
    out.print(Padding(text, (0, 0, 0, 2)) if wrap else text, soft_wrap=not wrap)
    for copy in passage.also_in:
        line = f"{t('also_in')} {one_line(copy.title)}  {copy.url or copy.source}"
        out.print(Text(line, style="dim"), soft_wrap=True)


def terminal_catalog() -> Catalog:
    """The messages in the language of this terminal."""
    return catalog_for(locale.getlocale()[0])
