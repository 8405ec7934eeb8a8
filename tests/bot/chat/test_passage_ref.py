import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.passage_ref import PassageRef, find_passage, parse_link
from index.answer import AlsoIn, Span
from index.article_text import ArticleText, article_hash
from tests.fakes import a_passage, an_article


def test_a_place_survives_a_rebuild_that_moves_the_paragraph() -> None:
    passage = a_passage(paragraph=2)
    ref = PassageRef.of(passage)
    moved = ArticleText(an_article().info, {0: "New.", 7: passage.text})
    found = find_passage(moved, ref)
    assert found is not None
    assert (found.paragraph, found.quote) == (7, passage.quote)
    changed_text = ArticleText(an_article().info, {2: passage.text + " More."})
    assert find_passage(changed_text, ref) is None
    assert find_passage(None, ref) is None


def test_a_place_knows_where_its_quote_was_cut_and_where_else_it_stands() -> None:
    text = "It was cold. The bridge opened, they said, in 1907. People danced."
    copies = (AlsoIn("b2", "Another", None, "b.txt", 4),)
    for quote, before, after in (
        ("The bridge opened, they said, in 1907.", False, False),
        ("It was cold. The bridge opened, they said, in 1907.", False, False),
        ("they said, in 1907.", True, False),
        ("The bridge opened,", False, True),
    ):
        passage = a_passage(text, quote, also_in=copies)
        ref = PassageRef.from_plain(json.loads(json.dumps(PassageRef.of(passage).plain)))
        found = find_passage(ArticleText(an_article().info, {2: text}), ref)
        assert found is not None
        assert found.quote == replace(passage.quote, cut_before=before, cut_after=after)
        assert found.also_in == copies


def test_a_place_remembers_the_answer_in_its_quote() -> None:
    passage = a_passage()
    start = passage.text.index("1907")
    article = ArticleText(an_article().info, {2: passage.text})
    for at, kept in ((start, Span(start, start + 4, "1907")), (0, None)):  # 0: not in the quote
        marked = replace(passage, answer=Span(at, at + 4, passage.text[at : at + 4]))
        ref = PassageRef.from_plain(json.loads(json.dumps(PassageRef.of(marked).plain)))
        found = find_passage(article, ref)
        assert found is not None
        assert found.answer == kept


def test_places_of_an_older_version_are_read() -> None:
    assert PassageRef.from_plain(["a", 1, "k", 0, 5]) == PassageRef("a", 1, "k", 0, 5)


@given(st.text(min_size=1), st.integers(0, 99_999), st.text())
def test_a_link_leads_back(article: str, paragraph: int, text: str) -> None:
    ref = PassageRef.of(a_passage(text + "!", "!", article_id=article, paragraph=paragraph))
    assert len(ref.link) <= 64
    assert ref.link.replace("_", "").isalnum()
    assert parse_link(ref.link, {article_hash(article): article}.get) == ref
    assert parse_link(ref.link, {article_hash("other"): "other"}.get) is None
    assert parse_link(ref.link + "x", {article_hash(article): article}.get) is None
