"""Questions that are alike, put together."""

from collections.abc import Iterable

__all__ = ["cluster_questions", "format_clusters"]

_ALIKE = 0.35  # share of common letter triples: the same question in other words is above
_MOST = 2_000


def cluster_questions(questions: Iterable[str]) -> list[list[str]]:
    """Groups of similar questions, the largest first; the first of a group stands for it."""
    groups: list[tuple[frozenset[str], list[str]]] = []
    for question in list(questions)[-_MOST:]:
        triples = _triples(question)
        best = max(groups, key=lambda group: _similarity(group[0], triples), default=None)
        if best is not None and _similarity(best[0], triples) >= _ALIKE:
            best[1].append(question)
        else:
            groups.append((triples, [question]))
    return sorted((questions for _, questions in groups), key=len, reverse=True)


def format_clusters(groups: Iterable[list[str]]) -> str:
    """One group a block: how many, the question, and under it other wordings."""
    blocks = []
    for group in groups:
        first, *others = (" ".join(question.split()) for question in group)
        lines = [f"{len(group)} × {first}"]
        lines += [f"    {other}" for other in dict.fromkeys(others) if other != first]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _triples(question: str) -> frozenset[str]:
    text = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in question.casefold()).split())} "
    return frozenset(text[i : i + 3] for i in range(max(1, len(text) - 2)))


def _similarity(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right)
