"""Sets options of torch and transformers for the whole process."""

import os

__all__ = ["configure_model_libraries"]


def configure_model_libraries(*, offline: bool, threads: int | None = None) -> None:
    """Prepare this process before a model is loaded with torch.

    Turns off progress bars, warnings and telemetry; with `offline`, also downloads. `threads` is
    how many threads torch uses for one call; None changes nothing. Environment variables that are
    already set stay.
    """
    if offline:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if threads is not None:
        torch.set_num_threads(threads)
