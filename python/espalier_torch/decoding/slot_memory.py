"""Keys and values of fixed slots: what stands before an image, then its codes, at addresses that never change."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ReadText:
    """One text, read: keys and values (layers, heads, W, head width); first (D,), the state that predicts the first
    code; shown (W,) bool; start, the rotary place of the first code."""

    keys: Tensor
    values: Tensor
    first: Tensor
    shown: Tensor
    start: Tensor


class KeptText:
    """Stands where a layer expects a cache: keeps what the layer made of a text."""

    def __init__(self) -> None:
        self.keys: Tensor
        self.values: Tensor

    def update(self, keys: Tensor, values: Tensor, *_: object, **__: object) -> tuple[Tensor, Tensor]:
        """(1, heads, W, head width) each."""
        self.keys, self.values = keys, values
        return keys, values


@dataclass
class SlotMemory:
    """Stands where a layer expects a cache: writes one place of each of R rows, and gives all places.

    keys, values (layers, R, heads, W + N, head width); first (R, D); shown (R, W) bool; start (R,): those of
    `ReadText` in each row.
    """

    keys: Tensor
    values: Tensor
    first: Tensor
    shown: Tensor
    start: Tensor

    @classmethod
    def empty(
        cls, rows: int, shape: tuple[int, int, int], places: tuple[int, int], like: Tensor, width: int
    ) -> "SlotMemory":
        """Rows without a text.

        Args:
            rows: R.
            shape: layers, heads, head width.
            places: W and N.
            like: a tensor of the generator's device and dtype.
            width: D.
        """
        layers, heads, head_width = shape
        keys = like.new_zeros(layers, rows, heads, sum(places), head_width)
        shown = torch.ones(rows, places[0], dtype=torch.bool, device=like.device)
        start = torch.zeros(rows, dtype=torch.int64, device=like.device)
        return cls(keys, torch.zeros_like(keys), like.new_zeros(rows, width), shown, start)

    def fill(self, row: int, text: ReadText) -> None:
        """Puts a text before a row's codes."""
        width = self.shown.shape[1]
        self.keys[:, row, :, :width], self.values[:, row, :, :width] = text.keys, text.values
        self.first[row], self.shown[row], self.start[row] = text.first, text.shown, text.start

    def seen(self, place: Tensor) -> Tensor:
        """Who is seen from the (R,) places of codes that a step writes, (R, 1, 1, W + N) bool; the step is at them."""
        width = self.shown.shape[1]
        self.at, self.rows = place + width, torch.arange(len(place), device=place.device)
        codes = torch.arange(self.keys.shape[3] - width, device=place.device) <= place.unsqueeze(1)
        return torch.cat([self.shown, codes], 1)[:, None, None]

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: object, **__: object) -> tuple[Tensor, Tensor]:
        """(R, heads, 1, head width) of a layer into it; the whole layer, (R, heads, W + N, head width) each."""
        self.keys[layer][self.rows, :, self.at] = keys[:, :, 0]
        self.values[layer][self.rows, :, self.at] = values[:, :, 0]
        return self.keys[layer], self.values[layer]
