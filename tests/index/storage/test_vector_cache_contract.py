"""What every `VectorCache` does, whatever it is stored in."""

from pathlib import Path

import numpy as np
import pytest

from index.arrays import keys_of
from index.storage.cache_ports import VectorCache
from tests.backends import BACKENDS
from tests.fake_index import FakeEmbedder


@pytest.fixture(params=BACKENDS)
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> VectorCache:
    return BACKENDS[request.param](tmp_path).open_caches().vectors


def test_a_text_is_embedded_once_however_often_it_comes(cache: VectorCache) -> None:
    embedder = FakeEmbedder()
    first = cache.embed(embedder, ["fox", "barn", "fox"])
    again = cache.embed(embedder, ["barn", "fox", "lake"])
    assert embedder.embedded == ["fox", "barn", "lake"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(first[1], again[0])


def test_kept_vectors_are_the_embedded_ones(cache: VectorCache) -> None:
    embedder = FakeEmbedder()
    texts = [f"text number {i}" for i in range(1200)]  # several batches
    vectors = cache.embed(embedder, texts)
    assert np.abs(vectors - embedder.embed_passages(texts)).max() < 1e-3
    assert np.array_equal(vectors, cache.embed(FakeEmbedder(), texts))


def test_another_model_has_its_own_vectors(cache: VectorCache) -> None:
    cache.embed(FakeEmbedder("one"), ["fox"])
    other = FakeEmbedder("two")
    cache.embed(other, ["fox"])
    assert other.embedded == ["fox"]


def test_what_an_interruption_leaves_is_used(cache: VectorCache) -> None:
    class Interrupted(FakeEmbedder):
        def embed_passages(self, texts):  # type: ignore[no-untyped-def]
            if self.embedded:
                raise KeyboardInterrupt
            return super().embed_passages(texts)

    texts = [f"text number {i}" for i in range(800)]
    with pytest.raises(KeyboardInterrupt):
        cache.embed(Interrupted(), texts)
    resumed = FakeEmbedder()
    cache.embed(resumed, texts)
    assert 0 < len(resumed.embedded) < 800


def test_forgotten_texts_are_gone_for_every_model(cache: VectorCache) -> None:
    cache.embed(FakeEmbedder("one"), ["fox", "barn"])
    cache.embed(FakeEmbedder("two"), ["fox"])
    assert cache.keep_only(["barn"]) == 2
    embedder = FakeEmbedder("one")
    cache.embed(embedder, ["fox", "barn"])
    assert embedder.embedded == ["fox"]


def test_of_a_batch_only_what_is_forgotten_goes(cache: VectorCache) -> None:
    texts = [f"text number {i}" for i in range(30)]
    before = cache.embed(FakeEmbedder(), texts)
    assert cache.keep_only(keys_of(texts[::3])) == 20
    embedder = FakeEmbedder()
    after = cache.embed(embedder, texts)
    assert sorted(embedder.embedded) == sorted(set(texts) - set(texts[::3]))
    assert np.array_equal(before, after)


def test_only_texts_to_embed_are_asked_for(cache: VectorCache) -> None:
    texts = ["fox", "barn", "fox", "lake"]
    cache.embed(FakeEmbedder(), ["fox"])
    asked: list[int] = []

    def text(place: int) -> str:
        asked.append(place)
        return texts[place]

    found = cache.look_up(FakeEmbedder(), keys_of(texts), text)
    assert asked == [1, 3]
    assert np.array_equal(found, cache.embed(FakeEmbedder(), texts))


def test_progress_counts_what_has_to_be_embedded(cache: VectorCache) -> None:
    seen: list[tuple[int, int]] = []
    cache.embed(FakeEmbedder(), ["fox"])
    cache.embed(FakeEmbedder(), ["fox", "barn"], lambda done, total: seen.append((done, total)))
    assert seen == [(1, 1)]


def test_no_texts_give_no_vectors(cache: VectorCache) -> None:
    assert cache.embed(FakeEmbedder(), []).shape == (0, 64)
