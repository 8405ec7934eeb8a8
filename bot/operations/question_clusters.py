"""Clusters of similar questions, so that an admin reads each question once."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process, utils

__all__ = ["cluster_questions", "format_clusters"]

_MIN_SIMILARITY = 66  # of 100; questions that mean the same score higher
_MAX_QUESTIONS = 2_000  # the latest ones; each is compared with every cluster


def cluster_questions(questions: Iterable[str]) -> list[list[str]]:
    """Clusters of similar questions, the largest first.

    A question joins the cluster whose first question is most like it.
    """
    firsts: list[str] = []  # of each cluster, without case and punctuation
    clusters: list[list[str]] = []
    for question in list(questions)[-_MAX_QUESTIONS:]:
        text = utils.default_process(question)
        best = process.extractOne(
            text, firsts, scorer=fuzz.token_sort_ratio, score_cutoff=_MIN_SIMILARITY
        )
        if best is None:
            firsts.append(text)
            clusters.append([question])
        else:
            _, _, number = best
            clusters[number].append(question)
    return sorted(clusters, key=len, reverse=True)


def format_clusters(clusters: Iterable[list[str]]) -> str:
    """One block for each cluster: how many, the first question, and under it other wordings."""
    blocks = []
    for cluster in clusters:
        first, *others = (" ".join(question.split()) for question in cluster)
        lines = [f"{len(cluster)} × {first}"]
        lines += [f"    {other}" for other in dict.fromkeys(others) if other != first]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"
