"""The model of the reader: MiniLM with two logits for every token."""

from pathlib import Path

import torch
from torch import Tensor, nn

from index.embedding.library_settings import configure_model_libraries
from index.embedding.model_sources import bundled_model_path
from index.reading.token_windows import Sequences

__all__ = ["Reader", "loss", "new_reader"]


class Reader(nn.Module):
    """Computes for every token how likely an answer starts or ends there."""

    def __init__(self, encoder: nn.Module, width: int) -> None:
        """`encoder` is a BERT model without pooling, `width` its hidden size."""
        super().__init__()
        self.encoder = encoder
        self.span = nn.Linear(width, 2)
        nn.init.normal_(self.span.weight, std=0.02)
        nn.init.zeros_(self.span.bias)

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return start and end logits, (B, T) each, of sequences (B, T)."""
        hidden = self.encoder(
            input_ids=ids, token_type_ids=kinds, attention_mask=mask
        ).last_hidden_state
        start, end = self.span(hidden).unbind(-1)
        return start, end


def new_reader(weights: Path | None = None) -> Reader:
    """Make a reader of the bundled MiniLM with a new head, or load its `weights` from a file.

    Raises ModelUnavailable when the bundled model is missing.
    """
    configure_model_libraries(offline=True)
    from transformers import BertConfig, BertModel

    folder = bundled_model_path()
    if weights is None:
        encoder = BertModel.from_pretrained(
            folder, add_pooling_layer=False, attn_implementation="eager"
        )
    else:
        config = BertConfig.from_pretrained(folder)
        config._attn_implementation = "eager"
        encoder = BertModel(config, add_pooling_layer=False)
    reader = Reader(encoder, encoder.config.hidden_size)
    if weights is not None:
        reader.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    return reader


def loss(start: Tensor, end: Tensor, wanted: tuple[Tensor, Tensor], text: Sequences) -> Tensor:
    """Return the mean cross entropy of both ends, over the text's tokens and "not here".

    `start` and `end` are logits (B, T); `wanted` are the right positions of both, (B,) each.
    """
    places = torch.arange(start.shape[1])[None, :]
    bounds = torch.from_numpy(text.text)
    allowed = (places >= bounds[:, :1]) & (places < bounds[:, 1:])
    allowed[:, 0] = True
    forbidden = ~allowed.to(start.device)
    both = [
        nn.functional.cross_entropy(
            logits.float().masked_fill(forbidden, -1e4), places_.to(start.device)
        )
        for logits, places_ in zip((start, end), wanted, strict=True)
    ]
    return (both[0] + both[1]) / 2
