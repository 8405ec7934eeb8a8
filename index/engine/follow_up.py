"""Answers questions that depend on the question before: "and when did he say that?".

A question depends on its context when it begins as a continuation ("and …", "what about …"), when
it has a pronoun ("he", "that"), or when it is too short to be understood alone. Such a question is
asked twice: in all articles, and in the article that was quoted last. If it has no words to search
for, the question before is added the second time. The second answer is shown when its confidence is
high enough for the degree of dependence.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from index.answer import Answer, Filters, Passage

__all__ = ["Context", "ContextDependence", "answer_in_context", "context_dependence"]

Ask = Callable[[str, int, Filters | None], Answer]
"""Called with the question, the number of passages, and the filters."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_OPENING = re.compile(
    r"\A(?:and|but|so|also|then|what about|how about|а|и|но|а как насчет|und|aber|oder|was ist mit"
    r"|y|pero|e)\b[\s,]*",
    re.IGNORECASE,
)


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PRONOUNS = _word_set(
    """
    he him his she her hers it its they them their theirs this that these those there then one ones
    он его него ему нему им ним нём она её ее неё нее ей ней они их них это этот эта эти этого этой
    этом этому там тогда тот та те
    er ihn ihm sein seine sie ihr ihre ihnen es das dies dieser diese dieses dort dabei damals
    él ella ello ellos ellas lo la le les su sus eso esto ese esa esos esas allí entonces
    """
)
_FUNCTION = _word_set(
    """
    a an the of in on at to for from by with is are was were be been do does did has have had can
    could will would should what which who whom whose when where why how many much long old say said
    в на с у к о об от из за по и а но что кто когда где почему как какой какая какие сколько зачем
    был была было были ли же сказал
    der die das den dem ein eine im am zu von mit ist sind war waren hat wer wann wo warum wie viele
    el los las un una de en por para con es son fue era qué quién cuándo dónde cómo cuánto cuántos
    """
)
_SHORT = 3  # words; a question that can be understood alone has more


@dataclass(frozen=True, slots=True)
class Context:
    """The question before, and the first passage of its answer.

    `paragraph` is the 0-based position of the passage in the article, `title` that of the article.
    """

    question: str
    article_id: str
    paragraph: int = 0
    title: str = ""

    @classmethod
    def of(cls, question: str, passage: Passage) -> "Context":
        """Return the context after `passage` was shown for `question`."""
        return cls(question, passage.article_id, passage.paragraph, passage.title)


@dataclass(frozen=True, slots=True)
class ContextDependence:
    """How much a question depends on the one before.

    `weight` is from 0 (not at all) to 1 (it cannot be understood alone). `rest` is the question
    without an opening such as "and". `has_content` says whether `rest` has words to search for.
    """

    weight: float
    rest: str
    has_content: bool


def context_dependence(question: str) -> ContextDependence:
    """Measure how much a question depends on the one before."""
    rest = _OPENING.sub("", question.strip(), count=1)
    continues = rest != question.strip()
    words = [word.casefold() for word in _WORD.findall(rest)]
    content = [word for word in words if word not in _FUNCTION and word not in _PRONOUNS]
    named = any(word[0].isupper() or word[0].isdigit() for word in _WORD.findall(rest)[1:])
    weight = 0.0
    if any(word in _PRONOUNS for word in words[1:] or words):
        weight += 0.5
    if continues:
        weight += 0.3
    if not content:
        weight += 0.5
    elif len(words) <= _SHORT or len(content) == 1:
        weight += 0.2
    weight -= 0.3 if named else 0.0
    return ContextDependence(max(0.0, min(1.0, weight)), rest or question, bool(content))


def answer_in_context(
    ask: Ask, question: str, context: Context | None, k: int, filters: Filters | None = None
) -> Answer:
    """Answer a question that may depend on `context`.

    `k` is the number of passages. The question of the answer is the original one. Raises what `ask`
    raises.
    """
    dependence = context_dependence(question)
    if context is None or dependence.weight == 0 or (filters is not None and filters.article):
        return ask(question, k, filters)
    plain = ask(question, k, filters)
    inside = replace(filters or Filters(), article=context.article_id)
    near = ask(_completed(dependence, context), k, inside)
    if not near.passages or not _preferred(near, plain, dependence.weight):
        return plain
    seen = {(passage.article_id, passage.paragraph) for passage in near.passages}
    others = [p for p in plain.passages if (p.article_id, p.paragraph) not in seen]
    return Answer(question, near.answered, near.confidence, (*near.passages, *others)[:k])


def _completed(dependence: ContextDependence, context: Context) -> str:
    """The question; with the words of the one before if it has no words to search for."""
    rest = dependence.rest
    return rest if dependence.has_content else f"{rest} {context.question}"


def _preferred(near: Answer, plain: Answer, weight: float) -> bool:
    """Whether to show the answer from the last article (`near`) instead of that from all."""
    if near.answered != plain.answered and weight < 0.5:
        return near.answered
    return near.confidence + weight >= plain.confidence + 0.3
