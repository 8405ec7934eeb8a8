from pathlib import Path

import pytest

import corpus.text.fasttext_model
from corpus.text.fasttext_model import FastTextModel, UnknownModelFormat

WEIGHTS = Path(corpus.text.fasttext_model.__file__).with_name("weights") / "lid.176.ftz"
NOTHING_KNOWN = ("en", 0.124504)  # what the model says when it knows no part of a text


@pytest.fixture(scope="module")
def model() -> FastTextModel:
    return FastTextModel(WEIGHTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How cold was it on Red Square?", ("en", 0.999622)),
        ("Кто такой Иван?", ("ru", 0.944638)),
        ("Wo ist der Bahnhof?", ("de", 0.99953)),
        ("北京在哪里", ("zh", 0.983449)),
        ("من هو؟", ("ar", 0.648817)),
        ("Où est la gare ?", ("fr", 0.976032)),
        ("Mji mkuu wa Kenya ni upi?", ("sw", 0.700577)),
        ("naïve café 𝒳 ﬁ", ("no", 0.280936)),
        ("The council met on Monday evening. " * 60, ("en", 0.791529)),
        ("x", NOTHING_KNOWN),
        ("a\0b", NOTHING_KNOWN),
        ("a </s> Wo ist der Bahnhof?", NOTHING_KNOWN),
        ("__label__ru foo", NOTHING_KNOWN),
        ("😀😀😀", NOTHING_KNOWN),
        ("</s>", NOTHING_KNOWN),
        ("", NOTHING_KNOWN),
    ],
)
def test_predictions_are_those_of_fasttext(
    model: FastTextModel, text: str, expected: tuple[str, float]
) -> None:
    label, probability = model.predict(text)
    assert label == expected[0]
    assert probability == pytest.approx(expected[1], abs=2e-6)


def test_there_are_176_languages(model: FastTextModel) -> None:
    assert len(set(model.labels)) == 176


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    data = bytearray(WEIGHTS.read_bytes())
    data[500_000] ^= 1
    damaged = tmp_path / "lid.176.ftz"
    damaged.write_bytes(data)
    with pytest.raises(UnknownModelFormat, match="checksum"):
        FastTextModel(damaged, sha256="0" * 64)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "model.bin"
    other.write_bytes(b"GGUF" + bytes(200))
    with pytest.raises(UnknownModelFormat, match="not a fastText model"):
        FastTextModel(other)
