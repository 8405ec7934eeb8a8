"""The bundled model exported, and what happens when the export is not to be trusted."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.embedding.onnx_embedder import OnnxEmbedder, damaged_encoder, encoder_folder, read_card
from index.embedding.onnx_export import export_encoder
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.engine.load_embedder import load_embedder
from index.indexing.builder import build
from tests.fake_index import an_article

pytestmark = pytest.mark.model
TEXTS = [
    "Who opened the bridge?",
    "",
    "Кто открыл мост?",
    "桥是谁开通的？",
    "  Tabs\tand\nlines, A\u00a0NBSP, 3.14 % and ﬁne ligatures ",
    "word " * 2_000,
]


@pytest.fixture(scope="module")
def model() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


@pytest.fixture(scope="module")
def built(model: SentenceTransformerEmbedder, tmp_path_factory: Any) -> Path:
    data = Path(tmp_path_factory.mktemp("encoder"))
    build([an_article("The bridge", "The mayor opened the bridge in 1907.")], "1", model, data)
    return data


@pytest.fixture
def restored(built: Path, model: SentenceTransformerEmbedder) -> Iterator[Path]:
    folder = encoder_folder(built, model.fingerprint)
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    yield folder
    for path, content in kept.items():
        path.write_bytes(content)


def test_a_build_exports_the_model_and_questions_get_the_same_vectors(
    model: SentenceTransformerEmbedder, built: Path
) -> None:
    export = load_embedder(model.name, built)
    assert isinstance(export, OnnxEmbedder)
    assert (export.name, export.fingerprint) == (model.name, model.fingerprint)
    own = model.embed_queries(TEXTS)
    for text, vector in zip(TEXTS, own, strict=True):
        assert export.embed_query(text) @ vector > 0.99
    passages = export.embed_passages(TEXTS)
    assert passages.shape == (len(TEXTS), model.dimension)
    assert np.all((passages * own).sum(axis=1) > 0.99)  # this model has no prompts


def test_asking_needs_neither_torch_nor_sentence_transformers(built: Path) -> None:
    program = (
        "import sys, json; from pathlib import Path\n"
        "from index.storage.generation_store import EmbeddedStore\n"
        "from index.engine.engine import Engine\n"
        "from index.engine.load_embedder import load_embedder\n"
        f"data = Path({str(built)!r})\n"
        "embedder = load_embedder('all-MiniLM-L6-v2', data)\n"
        "engine = Engine(EmbeddedStore(data), embedder); engine.refresh()\n"
        "answer = engine.ask('Who opened the bridge?')\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers'} & sys.modules.keys()\n"
        "print(json.dumps([answer.passages[0].title, sorted(heavy)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == ["The bridge", []]


@pytest.mark.parametrize("file", ["encoder.onnx", "tokenizer.json"])
def test_a_damaged_export_is_named_and_the_model_answers(
    model: SentenceTransformerEmbedder, built: Path, restored: Path, file: str
) -> None:
    content = bytearray((restored / file).read_bytes())
    content[len(content) // 2] ^= 1
    (restored / file).write_bytes(content)
    assert isinstance(load_embedder(model.name, built), SentenceTransformerEmbedder)
    assert list(damaged_encoder(built, model.fingerprint)) == [
        f"encoders/{model.fingerprint}/{file}"
    ]


def test_a_build_makes_a_damaged_export_anew(
    model: SentenceTransformerEmbedder, built: Path, restored: Path
) -> None:
    (restored / "encoder.onnx").write_bytes(b"half of it")
    export_encoder(model, built)
    assert isinstance(load_embedder(model.name, built), OnnxEmbedder)


@pytest.mark.parametrize("content", ["", "garbage", "{}", '{"format": 99}', "[]"])
def test_a_card_that_makes_no_sense_is_as_none(
    model: SentenceTransformerEmbedder, built: Path, restored: Path, content: str
) -> None:
    (restored / "encoder.json").write_text(content)
    assert read_card(built, model.fingerprint) is None
    assert isinstance(load_embedder(model.name, built), SentenceTransformerEmbedder)


def test_a_model_whose_files_changed_since_is_loaded_itself(
    model: SentenceTransformerEmbedder, built: Path, restored: Path
) -> None:
    card = read_card(built, model.fingerprint)
    assert card is not None
    (restored / "encoder.json").write_text(replace(card, stamp="another").to_json())
    assert read_card(built, model.fingerprint) is not None
    assert isinstance(load_embedder(model.name, built), SentenceTransformerEmbedder)


def test_a_changed_prompt_on_the_card_is_noticed(
    model: SentenceTransformerEmbedder, built: Path, restored: Path
) -> None:
    card = json.loads((restored / "encoder.json").read_text())
    (restored / "encoder.json").write_text(json.dumps({**card, "query_prompt": "x: "}))
    assert read_card(built, model.fingerprint) is None


def test_on_a_processor_that_computes_something_else_the_model_answers(
    model: SentenceTransformerEmbedder, built: Path, restored: Path
) -> None:
    card = read_card(built, model.fingerprint)
    assert card is not None
    other = replace(card, probe=[-value for value in card.probe])
    (restored / "encoder.json").write_text(other.to_json())
    assert isinstance(load_embedder(model.name, built), SentenceTransformerEmbedder)
    assert export_encoder(model, built).probe == pytest.approx(card.probe, abs=0.01)


def test_a_model_that_does_not_export_leaves_the_reason(
    model: SentenceTransformerEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embedding.onnx_export._CLOSE", 1.1)
    card = export_encoder(model, tmp_path)
    assert card.problem is not None
    assert "its vectors differ" in card.problem
    assert not (encoder_folder(tmp_path, model.fingerprint) / "encoder.onnx").exists()
    assert read_card(tmp_path, model.fingerprint) == card
