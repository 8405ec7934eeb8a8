"""What every `Embedder` does; a new class is a line in EMBEDDERS."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.embedding.base import Embedder
from index.embedding.onnx_embedder import OnnxEmbedder, encoder_folder
from index.embedding.onnx_export import export_encoder
from index.embedding.sentence_transformer import SentenceTransformerEmbedder

pytestmark = pytest.mark.model
PASSAGES = ["The cat sleeps on the sofa.", "Shares fell on Monday."]
QUESTION = "Where does the cat sleep?"


def exported(folder: Path) -> Embedder:
    card = export_encoder(SentenceTransformerEmbedder(), folder)
    return OnnxEmbedder(encoder_folder(folder, card.fingerprint), card)


EMBEDDERS: dict[str, Callable[[Path], Embedder]] = {
    "sentence-transformers": lambda _: SentenceTransformerEmbedder(),
    "export": exported,
}


@pytest.fixture(scope="module", params=EMBEDDERS)
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return EMBEDDERS[request.param](tmp_path_factory.mktemp("embedder"))


def test_vectors_have_length_one(embedder: Embedder) -> None:
    passages, question = embedder.embed_passages(PASSAGES), embedder.embed_query(QUESTION)
    assert passages.shape == (2, embedder.dimension)
    assert question.shape == (embedder.dimension,)
    assert passages.dtype == question.dtype == np.float32
    assert np.allclose(np.linalg.norm([*passages, question], axis=1), 1, atol=1e-3)
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)


def test_a_question_is_nearest_to_the_passage_that_answers_it(embedder: Embedder) -> None:
    passages, question = embedder.embed_passages(PASSAGES), embedder.embed_query(QUESTION)
    assert passages[0] @ question > passages[1] @ question + 0.2


def test_the_same_text_has_the_same_vector_whatever_stands_beside_it(embedder: Embedder) -> None:
    alone = embedder.embed_passages(PASSAGES[:1])[0]
    for passages in (PASSAGES, ["word " * 300, *PASSAGES[::-1]]):
        beside = embedder.embed_passages(passages)[passages.index(PASSAGES[0])]
        assert alone @ beside > 0.999
    first = embedder.embed_query(QUESTION)
    embedder.forget_recent()
    assert first @ embedder.embed_query(QUESTION) > 0.999


def test_many_passages_are_embedded_by_the_same_model(embedder: Embedder) -> None:
    many = embedder.for_many(100_000)
    assert (many.name, many.fingerprint) == (embedder.name, embedder.fingerprint)
    assert len(bytes.fromhex(embedder.fingerprint)) == 16
