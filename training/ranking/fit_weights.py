"""Learn the coefficients of `weights.json` from questions with known answers.

    python -m training.ranking.fit_weights FILE...           SQuAD-format files; writes
    index/ranking/weights.json python -m training.ranking.fit_weights --check FILE...
    cross-validates by article; prints, writes nothing

Indexes of all articles, of random halves and of single articles are asked, in the paragraphs that
the articles have and in short ones as news has them. Four small linear models come of it, each in
two sets (with and without the dense features): which sentence of the right paragraph holds an
answer, which candidate is the right paragraph (both conditional logits), and whether the answer is
in the index at all, and if so, whether the quote shown first tells it (two logistic regressions).
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from corpus import Article, Paragraph, sentence_spans
from index.embedding.sentence_transformer import Embedder, SentenceTransformerEmbedder
from index.engine.engine import Engine, Retrieval
from index.engine.quote_selection import select_quote
from index.evaluation.datasets import Collection, JudgedQuestion, read_collection
from index.evaluation.metrics import calibration_error, holds_answer
from index.indexing.builder import build
from index.ranking.features import PARAGRAPH_FEATURES, SENTENCE_FEATURES, CandidateFeatures
from index.ranking.ranker import (
    COEFFICIENTS,
    CONFIDENCE_FEATURES,
    Coefficients,
    Ranking,
    rank,
    read_coefficients,
    runner_up,
)
from index.storage.generation_store import EmbeddedStore

__all__ = [
    "COUNT_AS",
    "Example",
    "bar_line",
    "check",
    "collect",
    "conditional",
    "examples_of",
    "is_shown",
    "layouts",
    "learn",
    "learn_sets",
    "logistic",
    "parts_of",
]

Floats = NDArray[np.float64]
Plain = dict[str, dict[str, float]]

_DENSE = ("cosine", "plain", "best_cosine", "best_plain")
_NOT_IN_CONFIDENCE = ("paragraph_length", "sentence_length", "sentence_first")
_L2 = 1e-3
_SPOKEN = 0.5  # trust
SMALL = 100  # paragraphs: the library of somebody who tries quotebot on an article or two
FALSE_ANSWERS = (0.05, 0.03)  # of questions about nothing in a small index, in a larger one
_FOLDS = 4
COUNT_AS = 480  # questions, that a small collection counts for


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its evidence and what is right.

    `collection` is where it is from, `group` the article's title, for splits; `right` (C,) which
    candidates are relevant; `holds` (S,) which of their sentences hold an answer; `shows` (S,)
    which sentences would make a quote that holds one, wherever they are; `answerable` whether the
    relevant paragraph is in the index.
    """

    evidence: CandidateFeatures
    collection: str
    group: str
    right: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    shows: NDArray[np.bool_]
    answerable: bool

    def rows(self) -> NDArray[np.bool_]:
        """(S,) which sentences belong to a right candidate."""
        return np.repeat(self.right, np.diff(self.evidence.start))


def collect(
    collection: Collection, embedder: Embedder, data: Path, left_out: frozenset[int] = frozenset()
) -> list[Example]:
    """Evidence for every question, from an index without the articles at places `left_out`.

    `data` keeps the index and the vectors.
    """
    build(collection.without(left_out), "learning", embedder, data, forget=False)
    engine = Engine(EmbeddedStore(data), embedder)
    engine.refresh()
    return [example for _, _, example in examples_of(engine, collection)]


def examples_of(
    engine: Engine, collection: Collection
) -> Iterator[tuple[JudgedQuestion, Retrieval, Example]]:
    """Each question that the engine finds something for, with what it finds."""
    indexed = {article.id for article in engine.articles()}
    for question in collection.questions:
        found = engine.retrieve(question.text)
        if found is not None:
            relevant = {key for key in question.relevant if key[0] in indexed}
            group = collection.articles[question.article].title
            yield question, found, _example(question, found, relevant, collection.name, group)


def _example(
    question: JudgedQuestion,
    found: Retrieval,
    relevant: Set[tuple[str, int]],
    collection: str,
    group: str,
) -> Example:
    candidates = found.candidates
    holds = np.zeros(len(candidates.spans), dtype=bool)
    shows = np.zeros(len(candidates.spans), dtype=bool)
    keys = [
        (article.id, int(number))
        for article, number in zip(candidates.articles, candidates.numbers, strict=True)
    ]
    for place, key in enumerate(keys):
        text = candidates.text_of(place)
        if holds_answer(text, question.answers):
            for row in candidates.rows(place):
                start, end = candidates.span(row)
                held = holds_answer(text[start:end], question.answers)
                holds[row] = held and key in relevant
                shown = select_quote(found.query, candidates, place, row).text
                shows[row] = bool(relevant) and holds_answer(shown, question.answers)
    right = np.array([key in relevant for key in keys])
    return Example(found.features, collection, group, right, holds, shows, bool(relevant))


def learn(examples: Sequence[Example], parts: Sequence[Example], *, dense: bool) -> Plain:
    """One set of coefficients by name, from `examples` of whole indexes and of `parts` of them.

    `dense` says whether the dense features may be used.
    """
    known = [x for x in examples if x.right.any()]
    sentence = conditional(
        [(x.evidence.of_sentences[x.rows()], x.holds[x.rows()]) for x in known],
        np.array([dense or name not in _DENSE for name in SENTENCE_FEATURES]),
    )
    names = (*PARAGRAPH_FEATURES, "best_sentence")
    paragraph = conditional(
        [(_with_best(x.evidence, sentence), x.right) for x in known],
        np.array([dense or name not in _DENSE for name in names]),
    )
    nothing = np.zeros(len(CONFIDENCE_FEATURES), dtype=np.float32)
    draft = Coefficients(
        sentence.astype(np.float32),
        paragraph[:-1].astype(np.float32),
        float(paragraph[-1]),
        nothing,
        nothing,
        (0.0, 0.0),
    )
    mixed = [*examples, *parts]
    rankings = [rank(x.evidence, {"full": draft, "words": draft}) for x in mixed]
    rows = np.array([ranking.confidence_features for ranking in rankings], dtype=np.float64)
    usable = np.array([_in_confidence(name, dense) for name in CONFIDENCE_FEATURES])
    is_in = np.array([x.answerable for x in mixed])
    is_told = np.array([is_shown(x, r) for x, r in zip(mixed, rankings, strict=True)])
    found = logistic(rows, is_in.astype(np.float64), usable)
    told = logistic(rows[is_in], is_told[is_in].astype(np.float64), usable)
    bar = bar_line(rows[~is_in, CONFIDENCE_FEATURES.index("size")], rows[~is_in] @ found)
    return {
        "sentence": _named(SENTENCE_FEATURES, sentence),
        "paragraph": _named(names, paragraph),
        "answerable": _named(CONFIDENCE_FEATURES, found),
        "quote_correct": _named(CONFIDENCE_FEATURES, told),
        "threshold_line": _named(("bias", "size"), bar),
    }


def is_shown(example: Example, ranking: Ranking) -> bool:
    """Whether the first candidate's quote would tell an answer."""
    first = int(ranking.order[0])
    other = runner_up(example.evidence, ranking, first)
    return bool(example.shows[ranking.best[first]] or (other is not None and example.shows[other]))


def _in_confidence(name: str, dense: bool) -> bool:
    is_dense = name.removeprefix("paragraph_").removeprefix("sentence_") in _DENSE
    return name not in _NOT_IN_CONFIDENCE and (dense or not is_dense)


def _with_best(evidence: CandidateFeatures, sentence: Floats) -> Floats:
    best = np.maximum.reduceat(evidence.of_sentences @ sentence, evidence.start[:-1])
    return np.column_stack([evidence.of_paragraphs, best])


def _named(names: Sequence[str], weights: Floats) -> dict[str, float]:
    return {n: round(float(w), 4) for n, w in zip(names, weights, strict=True) if w != 0}


def conditional(
    groups: Sequence[tuple[NDArray[np.floating], NDArray[np.bool_]]], usable: NDArray[np.bool_]
) -> Floats:
    """Weights that put the right rows of each group first: a conditional logit, L2 on unit scale.

    Minimises the mean of -log(sum of softmax over the right rows); McFadden 1974.
    """
    groups = [(rows, right) for rows, right in groups if right.any() and not right.all()]
    sizes = [len(rows) for rows, _ in groups]
    rows = np.concatenate([rows for rows, _ in groups]).astype(np.float64)
    right = np.concatenate([right for _, right in groups])
    start = np.cumsum([0, *sizes[:-1]])
    owner = np.repeat(np.arange(len(groups)), sizes)
    spread = np.where(usable, rows.std(axis=0), 0.0)
    scaled = rows * np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = scaled @ weights
        scores = np.exp(scores - np.maximum.reduceat(scores, start)[owner])
        share = scores / np.add.reduceat(scores, start)[owner]
        mass = np.add.reduceat(share * right, start)
        residual = share - share * right / mass[owner]
        value = -np.log(mass).mean() + _L2 * weights @ weights
        return float(value), scaled.T @ residual / len(groups) + 2 * _L2 * weights

    return _minimise(loss, spread)


def logistic(rows: Floats, labels: Floats, usable: NDArray[np.bool_]) -> Floats:
    """Weights of a logistic regression; the first column is the bias."""
    spread = np.where(usable, rows.std(axis=0), 0.0)
    spread[0] = 1.0
    scaled = rows * np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits = scaled @ weights
        value = np.logaddexp(0, logits).mean() - (labels * logits).mean()
        penalty = np.r_[0.0, weights[1:]]
        residual = 1 / (1 + np.exp(-logits)) - labels
        gradient = scaled.T @ residual / len(labels) + 2e-1 * _L2 * penalty
        return float(value + 1e-1 * _L2 * penalty @ penalty), gradient

    return _minimise(loss, spread)


def bar_line(sizes: Floats, logits: Floats) -> Floats:
    """(a, b) of the line a + b size that FALSE_ANSWERS of small and of large indexes lie above.

    `sizes` are logarithms of the number of paragraphs.
    """
    small = sizes < np.log(SMALL)
    places = [sizes[small].mean(), sizes[~small].mean()]
    levels = [
        np.quantile(logits[part], 1 - share)
        for part, share in zip((small, ~small), FALSE_ANSWERS, strict=True)
    ]
    slope = (levels[1] - levels[0]) / (places[1] - places[0])
    return np.array([levels[0] - slope * places[0], slope])


def _minimise(loss: Callable[[Floats], tuple[float, Floats]], spread: Floats) -> Floats:
    result = minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B")
    weights = np.divide(result.x, spread, out=np.zeros_like(spread), where=spread > 0)
    return np.asarray(weights, dtype=np.float64)


def gather_examples(
    paths: Sequence[str], embedder: Embedder, data: Path, console: Console
) -> tuple[list[Example], list[Example]]:
    """Examples of indexes of everything, and of parts, from all collections in both layouts."""
    whole: list[Example] = []
    parts: list[Example] = []
    for path in paths:
        for collection in layouts(read_collection(Path(path))):
            console.print(f"{collection.name}: {len(collection.questions)} questions")
            # News is what people ask about, but few questions are at hand: they count again.
            times = max(1, round(COUNT_AS / len(collection.questions)))
            whole += times * collect(collection, embedder, data)
            for left_out, asked in parts_of(collection):
                parts += times * collect(asked, embedder, data, left_out)
    return whole, parts


def learn_sets(whole: Sequence[Example], parts: Sequence[Example]) -> dict[str, Plain]:
    """Both sets. `full` is learned where the model speaks the language, `words` everywhere."""

    def spoken(examples: Sequence[Example]) -> list[Example]:
        return [x for x in examples if x.evidence.trust.mean() > _SPOKEN]

    return {
        "full": learn(spoken(whole), spoken(parts), dense=True),
        "words": learn(whole, parts, dense=False),
    }


def layouts(collection: Collection) -> Iterator[Collection]:
    """As it is, and as news has it: in paragraphs of one or two sentences."""
    yield collection
    articles: list[Article] = []
    moved: dict[tuple[str, int], list[int]] = {}
    for article in collection.articles:
        pieces: list[Paragraph] = []
        for number, paragraph in enumerate(article.paragraphs):
            spans = sentence_spans(paragraph.text, article.language)
            bounds = [0, *(spans[i][0] for i in range(1 + number % 2, len(spans), 2))]
            ends = [*bounds[1:], len(paragraph.text)]
            for start, end in zip(bounds, ends, strict=True):
                moved.setdefault((article.id, number), []).append(len(pieces))
                pieces.append(Paragraph(paragraph.text[start:end].strip()))
        articles.append(replace(article, paragraphs=tuple(pieces)))
    texts = {article.id: article.paragraphs for article in articles}
    questions = [
        replace(question, relevant={
            (id_, piece): 1
            for id_, number in question.relevant
            for piece in moved[id_, number]
            if holds_answer(texts[id_][piece].text, question.answers)
        })
        for question in collection.questions
    ]  # fmt: skip
    kept = tuple(question for question in questions if question.relevant)
    yield Collection(f"{collection.name} as news", tuple(articles), kept)


def parts_of(collection: Collection) -> Iterator[tuple[frozenset[int], Collection]]:
    """Which articles to leave out, and what to ask then: halves, and every article alone."""
    random = np.random.default_rng(0)
    everything = frozenset(range(len(collection.articles)))
    order = random.permutation(len(everything))
    for half in (order[::2], order[1::2]):
        yield frozenset(int(i) for i in half), collection
    for one in sorted(everything):
        yield everything - {one}, _with_strangers(collection, one, random)


def _with_strangers(collection: Collection, one: int, random: np.random.Generator) -> Collection:
    """The questions of article `one` and as many of others."""
    own = [q for q in collection.questions if q.article == one]
    others = [q for q in collection.questions if q.article != one]
    chosen = random.choice(len(others), min(len(own), len(others)), replace=False)
    strangers = [others[i] for i in chosen]
    return Collection(collection.name, collection.articles, (*own, *strangers))


def check(whole: Sequence[Example], parts: Sequence[Example], console: Console) -> None:
    """Print what each collection's questions get from coefficients learned on other articles."""
    groups = sorted({x.group for x in whole})
    groups = [groups[i] for i in np.random.default_rng(0).permutation(len(groups))]
    judged: dict[str, tuple[list[Judged], list[Judged]]] = {}
    for fold in range(_FOLDS):
        held = set(groups[fold::_FOLDS])
        plain = learn_sets(
            [x for x in whole if x.group not in held], [x for x in parts if x.group not in held]
        )
        sets = {name: read_coefficients(values) for name, values in plain.items()}
        for place, examples in enumerate((whole, parts)):
            for x in examples:
                if x.group in held:
                    row = _judge(x, rank(x.evidence, sets))
                    judged.setdefault(x.collection, ([], []))[place].append(row)
    for name, (all_in, some_in) in judged.items():
        console.print(f"{name}: {_summary(np.array(all_in), np.array(some_in))}", soft_wrap=True)


Judged = tuple[bool, bool, bool, float, bool]
"""Right paragraph first, quote tells, answerable, confidence, answered."""


def _judge(x: Example, ranking: Ranking) -> Judged:
    first = ranking.order[0]
    answered = ranking.answer_score >= 0.5 and not x.evidence.says_nothing
    return (
        bool(x.right[first]), is_shown(x, ranking), x.answerable, ranking.confidence, answered
    )  # fmt: skip


def _summary(all_in: Floats, some_in: Floats) -> str:
    can = some_in[:, 2] > 0
    return (
        f"{len(all_in)} questions, R@1 {all_in[:, 0].mean():.3f}, "
        f"answer-in-quote@1 {all_in[:, 1].mean():.3f}, "
        f"calibration error {calibration_error(all_in[:, 3], all_in[:, 1] > 0):.3f} "
        f"(parts of the articles {calibration_error(some_in[:, 3], some_in[:, 1] > 0):.3f}); "
        f"in parts, silence AUROC {roc_auc_score(can, some_in[:, 3]):.3f}, answered "
        f"{some_in[can, 4].mean():.3f} of the answerable, {some_in[~can, 4].mean():.3f} of the rest"
    )


def main(arguments: Sequence[str]) -> None:
    """Run the command."""
    paths = [argument for argument in arguments if argument != "--check"]
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as folder:
        whole, parts = gather_examples(paths, SentenceTransformerEmbedder(), Path(folder), console)
    if "--check" in arguments:
        check(whole, parts, Console())
    else:
        sets = learn_sets(whole, parts)
        sets["reader"] = json.loads(COEFFICIENTS.read_text("utf-8"))["reader"]
        COEFFICIENTS.write_text(json.dumps(sets, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
