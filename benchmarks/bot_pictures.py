"""Pictures of conversations for the documentation, drawn from what the bot really sends.

    python -m benchmarks.bot_pictures DATA docs/pictures

DATA is a data folder with an index of the sample articles. The bot answers with its real engine;
what it would send to Telegram is drawn as SVG, with its entities and buttons.
"""

import asyncio
import html
import io
import itertools
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.chat.ports import AnswerEngine
from bot.cli import console
from bot.cli import repl as terminal
from bot.i18n.catalog import catalog_for
from bot.operations.import_sources import SAMPLE
from index.embedding.model_sources import BUNDLED
from index.engine.engine import Engine
from index.engine.load_embedder import load_embedder
from index.storage.generation_store import EmbeddedStore
from tests.fakes import FakeRequest, fake_bot, inline_update, message_update, press_update

WIDTH, INNER, SIZE, LEADING = 560, 440, 15, 21
FOLD = 5  # lines of a quote that are drawn; the rest is folded away
INK, DIM, LINK, PAPER, MINE, THEIRS = "#111", "#708499", "#2a7ab8", "#cfdde6", "#e3fbd2", "#fff"
NARROW, WIDE = set("iljtfr.,:;'!|()[]’ "), set("mwMWШЩЖЮмшщжю@—…")
say = catalog_for("en")
Run = tuple[str, frozenset[str]]


def width(text: str, bold: bool = False) -> float:
    """The width of a text in the font of the picture, roughly."""
    units = sum(0.29 if c in NARROW else 0.84 if c in WIDE or c > "\uffff" else 0.66 if c.isupper() else 0.54 for c in text)  # fmt: skip
    return units * SIZE * (1.06 if bold else 1)


def runs(text: str, entities: list[dict[str, Any]]) -> list[Run]:
    """The text cut where its formatting changes; positions count UTF-16 units, as in Telegram."""
    units = text.encode("utf-16-le")
    cuts = {0, len(units) // 2}
    for entity in entities:
        cuts |= {entity["offset"], entity["offset"] + entity["length"]}
    places = sorted(cuts)
    found = []
    for begin, end in itertools.pairwise(places):
        look = frozenset(
            e["type"] for e in entities if e["offset"] <= begin and end <= e["offset"] + e["length"]
        )
        found.append((units[2 * begin : 2 * end].decode("utf-16-le"), look))
    return found


def lines(pieces: list[Run]) -> list[list[Run]]:
    """The lines of a text, wrapped to the width of the bubble."""
    wrapped: list[list[Run]] = [[]]
    used = 0.0
    for text, look in pieces:
        for word in re.findall(r"\n|[^\n ]+ *| +", text):
            size = width(word, "bold" in look)
            if word == "\n" or (used + size > INNER - 20 and wrapped[-1]):
                wrapped.append([])
                used = 0.0
            if word != "\n" and (used or word.strip()):
                wrapped[-1].append((word, look))
                used += size
    return wrapped


def is_quote(line: list[Run]) -> bool:
    return any("expandable_blockquote" in look for _, look in line)


def bubble(message: dict[str, Any], y: float, mine: bool) -> tuple[list[str], float]:
    """Draw a message and its buttons at `y`; the `y` of their end."""
    drawn = lines(runs(message["text"], message.get("entities", [])))
    folded, shown, quoted = False, [], 0
    for line in drawn:
        quoted += is_quote(line)
        if quoted > FOLD and is_quote(line):
            folded = True
        else:
            shown.append(line)
    high = len(shown) * LEADING + 20
    wide = max(sum(width(t, "bold" in look) for t, look in line) for line in shown) + 44
    wide = min(max(wide, 120), INNER + 44)
    left = WIDTH - wide - 16 if mine else 16
    fill = MINE if mine else THEIRS
    parts = [
        f'<rect x="{left:.0f}" y="{y}" width="{wide:.0f}" height="{high}" rx="12" fill="{fill}"/>'
    ]
    quotes = [i for i, line in enumerate(shown) if is_quote(line)]
    if quotes:
        top, tall = y + 10 + quotes[0] * LEADING, len(quotes) * LEADING
        parts.append(f'<rect x="{left + 12:.0f}" y="{top}" width="{wide - 24:.0f}" height="{tall}" rx="4" fill="{LINK}" opacity="0.09"/>')  # fmt: skip
        parts.append(
            f'<rect x="{left + 12:.0f}" y="{top}" width="3" height="{tall}" fill="{LINK}"/>'
        )
        if folded:
            parts.append(
                f'<text x="{left + wide - 26:.0f}" y="{top + tall - 6}" fill="{LINK}">⌄</text>'
            )
    for number, line in enumerate(shown):
        parts.append(
            one_line(line, left + (24 if is_quote(line) else 14), y + 25 + number * LEADING)
        )
    y += high
    for row in message.get("reply_markup", {}).get("inline_keyboard", []):
        each = (wide - 4 * (len(row) - 1)) / len(row)
        for i, button in enumerate(row):
            x = left + i * (each + 4)
            parts.append(
                f'<rect x="{x:.0f}" y="{y + 4}" width="{each:.0f}" height="30" rx="8" fill="#6d8ba3"/>'
            )
            arrow = " ↗" if "url" in button else ""
            parts.append(f'<text x="{x + each / 2:.0f}" y="{y + 24}" fill="#fff" text-anchor="middle" font-size="13">{html.escape(button["text"] + arrow)}</text>')  # fmt: skip
        y += 34
    return parts, y + 14


def one_line(line: list[Run], x: float, y: float) -> str:
    spans = []
    for text, look in line:
        style = ' font-weight="bold"' if "bold" in look or "text_link" in look else ""
        style += f' fill="{LINK}"' if "text_link" in look else ""
        spans.append(f"<tspan{style}>{html.escape(text)}</tspan>")
    return f'<text x="{x:.0f}" y="{y:.0f}" xml:space="preserve">{"".join(spans)}</text>'


def picture(said: list[tuple[dict[str, Any], bool]]) -> str:
    parts, y = [], 16.0
    for message, mine in said:
        drawn, y = bubble(message, y, mine)
        parts += drawn
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y:.0f}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="{SIZE}" fill="{INK}">'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{"".join(parts)}</svg>\n'
    )


async def converse(data: Path, folder: Path) -> None:
    engine: Any = Engine(EmbeddedStore(data), load_embedder(BUNDLED, data))
    engine.refresh()
    question, after, unknown = ("How cold was it in Kestrel Bay?", "and when was that?",
                                "What is the capital of Mongolia?")  # fmt: skip
    terminal_chat(engine, folder / "terminal.svg")
    with tempfile.TemporaryDirectory() as state:
        async with fake_bot(Path(state), engine, FakeRequest()) as bot:
            first = await bot.ask(question, message_id=1)
            second = await bot.ask(after, message_id=2)
            save(folder / "answer.svg", [({"text": question}, True), (first, False),
                                         ({"text": after}, True), (second, False)])  # fmt: skip
            none = await bot.ask(unknown, message_id=3)
            data_of_button = none["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
            await bot.feed(press_update(data_of_button))
            near = bot.request.named("editMessageText")[-1]
            save(
                folder / "no-answer.svg", [({"text": unknown}, True), (none, False), (near, False)]
            )
            found = await bot.ask("/search bridge", message_id=4)
            save(folder / "search.svg", [({"text": "/search bridge"}, True), (found, False)])
            russian = {"from": {"id": 8, "is_bot": False, "first_name": "A", "language_code": "ru"},
                       "chat": {"id": 8, "type": "private"}, "message_id": 5}  # fmt: skip
            asked = "Сколько остановок на новой трамвайной линии?"
            await bot.feed(message_update(asked, **russian))
            answer = bot.request.named("sendMessage")[-1]
            save(folder / "russian.svg", [({"text": asked}, True), (answer, False)])
            await bot.feed(inline_update("lanternfish"))
            (results,) = bot.request.named("answerInlineQuery")
            listed = [{"text": f"{r['title']}\n{r['description']}", "entities": [
                {"type": "bold", "offset": 0, "length": len(r["title"].encode("utf-16-le")) // 2}]}
                for r in results["results"][:3]]  # fmt: skip
            typed = ({"text": "@quotes_bot lanternfish"}, True)
            save(folder / "inline.svg", [typed, *((entry, False) for entry in listed)])


def terminal_chat(engine: AnswerEngine, path: Path) -> None:
    """The chat in a terminal, as it is shown there."""
    screen = Console(
        record=True, width=96, force_terminal=True, file=io.StringIO(), highlight=False
    )
    console.Console = lambda **_: screen
    chat = terminal.Chat(engine)
    for line in (
        "How cold was it in Kestrel Bay?",
        "and when was that?",
        "/next",
        "/search bridge",
    ):
        screen.print(f"\n? {line}")
        chat.reply_to(line)
    drawn = screen.export_svg(title="quotebot chat").replace(str(SAMPLE.parent.parent) + "/", "")
    path.write_text(drawn, "utf-8")
    sys.stdout.write(f"{path}\n")


def save(path: Path, said: list[tuple[dict[str, Any], bool]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(picture(said), "utf-8")
    print(path)


if __name__ == "__main__":
    asyncio.run(converse(Path(sys.argv[1]), Path(sys.argv[2])))
