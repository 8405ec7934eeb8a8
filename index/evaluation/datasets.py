"""Reads test collections: articles, questions about them, and the right answers.

The formats are SQuAD JSON (Rajpurkar et al. 2016) and BEIR folders (Thakur et al. 2021).
"""

import csv
import json
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import Article, Paragraph, detect_language
from corpus.errors import UnreadableSource
from index.error_codes import Code

__all__ = ["Collection", "JudgedQuestion", "read_collection"]


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question with its judgements.

    article   position of its article in `Collection.articles`, for splits by article
    relevant  (article id, 0-based paragraph) → grade above zero
    answers   the accepted answer texts; empty when only relevance was judged
    """

    id: str
    text: str
    article: int
    relevant: dict[tuple[str, int], int]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """Articles and judged questions. Questions without an answer are left out."""

    name: str
    articles: tuple[Article, ...]
    questions: tuple[JudgedQuestion, ...]

    def without(self, articles: AbstractSet[int]) -> tuple[Article, ...]:
        """Return all articles except those at the positions `articles`."""
        return tuple(a for i, a in enumerate(self.articles) if i not in articles)


def read_collection(path: Path) -> Collection:
    """Read a SQuAD-format file or a BEIR folder. Raises UnreadableSource."""
    try:
        collection = _read_beir(path) if path.is_dir() else _read_squad(path)
    except OSError as error:
        raise UnreadableSource(
            str(path), Code.COLLECTION_UNREADABLE(error=error.strerror)
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableSource(str(path), Code.COLLECTION_NOT_UTF8()) from error
    if not collection.questions:
        raise UnreadableSource(str(path), Code.COLLECTION_WITHOUT_QUESTIONS())
    return collection


def _read_squad(path: Path) -> Collection:
    try:
        entries = json.loads(path.read_text("utf-8-sig"))["data"]
        parsed = list(_squad_articles(entries))
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(str(path), Code.COLLECTION_NOT_JSON(error=error)) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableSource(
            str(path), Code.COLLECTION_NOT_SQUAD(kind=type(error).__name__, error=error)
        ) from error
    articles = tuple(article for article, _ in parsed)
    return Collection(path.stem, articles, tuple(q for _, questions in parsed for q in questions))


def _squad_articles(entries: list[Any]) -> Iterator[tuple[Article, list[JudgedQuestion]]]:
    for i, entry in enumerate(entries):
        title = str(entry.get("title", "")).replace("_", " ")
        contexts = [str(paragraph["context"]) for paragraph in entry["paragraphs"]]
        identity = f"{i}"
        article = Article(
            id=identity,
            title=title,
            paragraphs=tuple(Paragraph(context) for context in contexts),
            source=f"squad:{i}",
            language=detect_language(" ".join(contexts)[:2000]),
        )
        questions = [
            JudgedQuestion(
                id=str(question.get("id", f"{i}.{number}.{nth}")),
                text=str(question["question"]),
                article=i,
                relevant={(identity, number): 1},
                answers=tuple(str(answer["text"]) for answer in question["answers"]),
            )
            for number, paragraph in enumerate(entry["paragraphs"])
            for nth, question in enumerate(paragraph["qas"])
            if question.get("answers") and not question.get("is_impossible")
        ]
        yield article, questions


def _read_beir(folder: Path) -> Collection:
    articles = [
        Article(
            id=str(row["_id"]),
            title=str(row.get("title", "")),
            paragraphs=(Paragraph(str(row["text"])),),
            source=str(row["_id"]),
            language=detect_language(str(row["text"])[:2000]),
        )
        for row in _json_lines(folder / "corpus.jsonl", "_id", "text")
    ]
    places = {article.id: i for i, article in enumerate(articles)}
    queries = _json_lines(folder / "queries.jsonl", "_id", "text")
    texts = {str(row["_id"]): str(row["text"]) for row in queries}
    relevant = _qrels(folder, places)
    questions = tuple(
        JudgedQuestion(query, texts[query], places[next(iter(grades))[0]], grades, ())
        for query, grades in relevant.items()
        if query in texts
    )
    return Collection(folder.name, tuple(articles), questions)


def _qrels(folder: Path, places: dict[str, int]) -> dict[str, dict[tuple[str, int], int]]:
    """Grades by query, from qrels/test.tsv; without that file, from every qrels/*.tsv."""
    files = sorted((folder / "qrels").glob("*.tsv"))
    files = [file for file in files if file.name == "test.tsv"] or files
    if not files:
        raise UnreadableSource(str(folder), Code.COLLECTION_WITHOUT_QRELS())
    relevant: dict[str, dict[tuple[str, int], int]] = {}
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            for number, row in enumerate(csv.reader(lines, delimiter="\t"), 1):
                if number == 1 and row[-1:] == ["score"]:
                    continue
                try:
                    query, document, grade = row[0], row[-2], int(row[-1])
                except (IndexError, ValueError) as error:
                    raise UnreadableSource(
                        f"{file} line {number}", Code.COLLECTION_BAD_QREL()
                    ) from error
                if grade > 0 and document in places:
                    relevant.setdefault(query, {})[document, 0] = grade
    return relevant


def _json_lines(path: Path, *keys: str) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                missing = [key for key in keys if key not in row]
            except (ValueError, TypeError, RecursionError) as error:
                raise UnreadableSource(
                    f"{path} line {number}", Code.COLLECTION_NOT_JSON(error=error)
                ) from error
            if missing or not isinstance(row, dict):
                raise UnreadableSource(
                    f"{path} line {number}", Code.COLLECTION_LACKS(keys=", ".join(keys))
                )
            yield row
