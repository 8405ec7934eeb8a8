"""A dozen articles in SQuAD format; some answers are not near the words of their questions."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

TOWNS = ("Ashford", "Bexley", "Corby", "Dorking", "Epsom", "Frome",
         "Goole", "Hexham", "Ilkley", "Jarrow", "Kendal", "Louth")  # fmt: skip
FACTS = (
    ("{town} lies on a river|The mill of {town} opened in 1907|It is red",
     "When did the mill of {town} open?", "1907"),
    ("Every spring there is a fair|The fair of {town} began in {year}|People come from afar",
     "When did its fair begin in {town}?", "{year}"),
    ("The hall of {town} was built by Mr Finch|It stands on a hill",
     "Who built the hall of {town}?", "Mr Finch"),
    ("The mill and the fair of this town are old|Trains to {town} leave at noon",
     "When do trains leave for {town}?", "noon"),
    ("Who built the church of {town}|It is old|Rain falls|Mrs Reed did",
     "Who built the church of {town}?", "Mrs Reed"),
)  # fmt: skip


def write_collection(path: Path) -> Path:
    words = _made_up_words()
    entries = [
        {
            "title": town,
            "paragraphs": [
                _paragraph(*(part.format(town=town, year=1800 + 7 * i) for part in fact), words)
                for fact in FACTS[: 5 if i % 3 == 0 else 4]
            ],
        }
        for i, town in enumerate(TOWNS)
    ]
    path.write_text(json.dumps({"version": "1", "data": entries}), "utf-8")
    return path


def _paragraph(
    sentences: str, question: str, answer: str, words: Iterator[str]
) -> dict[str, object]:
    """A paragraph whose sentences share words that other paragraphs do not have."""
    topic = " ".join(next(words) for _ in range(4))
    context = " ".join(f"{sentence} {topic} {next(words)}." for sentence in sentences.split("|"))
    answers = [{"text": answer, "answer_start": context.index(answer)}]
    return {"context": context, "qas": [{"id": question, "question": question, "answers": answers}]}


def _made_up_words() -> Iterator[str]:
    choose = random.Random(0).choice  # noqa: S311
    while True:
        yield "".join(choose("bdfgklmnprtvz") + choose("aeiou") for _ in range(2))
