"""Converts QAMR to SQuAD-format JSON: many short questions about single sentences.

    python -m training.reader.qamr FOLDER OUT.json     FOLDER is the data set's `data`

QAMR is Question-Answer Meaning Representations (Michael et al. 2018), MIT licence, about sentences
of Wikipedia (CC BY-SA) and Wikinews (CC BY). A few sentences are joined to a paragraph, so that
there is something to search. Only questions for which two or more people marked the same answer are
kept.
"""

import csv
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import regex

_SENTENCES_PER_PARAGRAPH = 4
_QUESTIONS_PER_SENTENCE = 9  # at most
_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": '"', "''": '"'}
_TIGHT_LEFT = regex.compile(r"^[.,;:!?%)\]]|^'|^n't$")
_TIGHT_RIGHT = frozenset("([$£€")

Span = tuple[int, int]


def joined(tokens: Sequence[str]) -> tuple[str, list[Span]]:
    """Join tokens to a sentence; return its text, and the (start, end) of each token in it."""
    text, spans, is_open = "", [], False
    for raw in tokens:
        word = _BRACKETS.get(raw, raw)
        is_mark = word == '"'
        tight = bool(_TIGHT_LEFT.match(word)) or (is_mark and is_open) or text[-1:] in _TIGHT_RIGHT
        opened = text.endswith('"') and is_open and text[-2:-1] in ("", " ")
        text += "" if not text or tight or opened else " "
        is_open ^= is_mark
        spans.append((len(text), len(text) + len(word)))
        text += word
    return text, spans


def read(folder: Path, seed: int = 0) -> dict[str, object]:
    """Return the `dev` and `test` sets of a data folder, in SQuAD format. Raises OSError."""
    with (folder / "wiki-sentences.tsv").open(encoding="utf-8") as lines:
        sentences = dict(line.rstrip("\n").split("\t", 1) for line in lines)
    asked: dict[str, dict[str, Span]] = defaultdict(dict)
    for part in ("dev", "test"):
        with (folder / "filtered" / f"{part}.tsv").open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                span = _agreed([row[6], *(cell.partition(":")[2] for cell in row[7:])])
                if span:
                    asked[row[0]][row[5]] = span
    random_ = random.Random(seed)
    names = sorted(asked)
    random_.shuffle(names)
    names.sort(key=lambda name: name.split(":")[1])  # by source; the sort is stable
    groups = [
        names[i : i + _SENTENCES_PER_PARAGRAPH]
        for i in range(0, len(names), _SENTENCES_PER_PARAGRAPH)
    ]
    paragraphs = [_paragraph(group, sentences, asked, random_) for group in groups]
    return {"version": "1", "data": [{"title": "", "paragraphs": [p]} for p in paragraphs]}


def _agreed(marked: Sequence[str]) -> Span | None:
    """First and last token of an answer that at least two people marked, if it is in one piece."""
    answer, votes = Counter(cell.strip() for cell in marked).most_common(1)[0]
    tokens = [int(token) for token in answer.split()]
    whole = bool(tokens) and tokens == list(range(tokens[0], tokens[-1] + 1))
    return (tokens[0], tokens[-1]) if whole and votes > 1 else None


def _paragraph(
    names: Sequence[str],
    sentences: dict[str, str],
    asked: dict[str, dict[str, Span]],
    random_: random.Random,
) -> dict[str, object]:
    context, questions = "", []
    for name in names:
        text, spans = joined(sentences[name].split(" "))
        chosen = sorted(asked[name].items())
        random_.shuffle(chosen)
        for number, (question, (first, last)) in enumerate(chosen[:_QUESTIONS_PER_SENTENCE]):
            start, end = spans[first][0], spans[last][1]
            questions.append({
                "id": f"{name}:{number}",
                "question": question,
                "answers": [{"text": text[start:end], "answer_start": len(context) + start}],
            })  # fmt: skip
        context += text + " "
    return {"context": context.rstrip(), "qas": questions}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(read(Path(sys.argv[1]))), "utf-8")
