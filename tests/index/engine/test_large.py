"""A whole generation above the size from which it is searched approximately (made small here)."""

import json
from pathlib import Path

import pytest

import index.search.faiss_index
from index.answer import Filters
from index.engine.engine import Engine
from index.indexing.builder import build
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import FakeEmbedder, an_article

PLACES = ("barn", "mill", "quay", "church", "tower", "forge")
ANIMALS = tuple(f"{sort}{kind}" for sort in ("fox", "owl", "hare", "crow") for kind in range(10))
ARTICLES = [
    an_article(
        f"{animal} {place}",
        f"The {animal} of the {place} sleeps at noon. It was first seen in {1700 + n}. "
        f"Nobody at the {place} minds.",
        language=("en", "de")[n % 2],
    )
    for n, (animal, place) in enumerate((a, p) for a in ANIMALS for p in PLACES)
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("large")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index.search.faiss_index, "EXACT_AT_MOST", 600)
        build(ARTICLES, "1", FakeEmbedder(), root / "large")
    build(ARTICLES, "1", FakeEmbedder(), root / "exact")
    return root


def engine_of(data: Path) -> Engine:
    engine = Engine(EmbeddedStore(data), FakeEmbedder())
    engine.refresh()
    return engine


def test_the_manifest_says_how_vectors_are_kept_and_how_well_they_are_found(data: Path) -> None:
    (path,) = (data / "large" / "generations").glob("*/manifest.json")
    dense = json.loads(path.read_text())["dense"]
    assert dense["sentences"]["code"].startswith("PQ16x4fs,Refine(")
    assert dense["sentences"]["rescored"] >= 100
    assert dense["sentences"]["recall"] >= 0.98
    assert dense["plain"] == {"code": "PQ16x8np", "rescored": None, "recall": None}
    assert dense["paragraphs"] == {"code": "SQfp16", "rescored": None, "recall": None}


def test_it_answers_as_the_exact_one_does(data: Path) -> None:
    large, exact = engine_of(data / "large"), engine_of(data / "exact")
    for animal, place in zip(ANIMALS, PLACES * 7, strict=False):
        question = f"when was the {animal} of the {place} seen"
        found, wanted = large.ask(question), exact.ask(question)
        assert found.passages[0].quote == wanted.passages[0].quote
        assert found.passages[0].article_id == wanted.passages[0].article_id
        assert found.confidence == pytest.approx(wanted.confidence, abs=0.05)


@pytest.mark.parametrize(
    "filters", [Filters(language="de"), Filters(article="owl3-mill"), Filters(source="tower")]
)
def test_filters_leave_only_what_passes(data: Path, filters: Filters) -> None:
    found = engine_of(data / "large").ask("which fox7 sleeps in the forge", k=10, filters=filters)
    assert found.passages
    for passage in found.passages:
        assert filters.language in (None, passage.language)
        assert filters.article in (None, passage.article_id)
        assert (filters.source or "") in passage.source


def test_the_same_articles_give_the_same_files(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.search.faiss_index, "EXACT_AT_MOST", 600)
    build(ARTICLES, "2", FakeEmbedder(), data / "again")
    files = [
        json.loads(next((data / name / "generations").glob("*/manifest.json")).read_text())["files"]
        for name in ("large", "again")
    ]
    assert files[0] == files[1]
