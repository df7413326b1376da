"""The one place where weights of a file become a model: every parameter gets its tensor, every tensor its place.

What a file lacks would otherwise be drawn at random, and a model half made of chance gives answers that look like any
other's. So missing, unknown and mis-shaped tensors are refused by name, whoever made the model's class.
"""

import contextlib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

Model = TypeVar("Model", bound=nn.Module)

SUPERFLUOUS = re.compile(r"(^|\.)(position_ids|relative_position_index|inv_freq)$")
"""Buffers that older files carry and newer classes compute themselves."""

SHOWN = 3
"""Names of each fault that a refusal lists."""


@dataclass(frozen=True)
class Unfit:
    """Names of tensors that keep a file from being a model's; `shapes` says of each: expected and found."""

    missing: Sequence[str]
    unknown: Sequence[str]
    shapes: Mapping[str, tuple[Sequence[int], Sequence[int]]]

    def refuse(self, what: str) -> None:
        """Raises ValueError that names the first of each fault, when there is any."""
        unknown = [name for name in self.unknown if not SUPERFLUOUS.search(name)]
        odd = [
            f"{name} is {tuple(found)}, expected {tuple(wanted)}"
            for name, (wanted, found) in sorted(self.shapes.items())
        ]
        named = {"missing": sorted(self.missing), "unknown": sorted(unknown), "mis-shaped": odd}
        faults = [told(fault, names) for fault, names in named.items() if names]
        if faults:
            raise ValueError(
                f"The weights are not those of {what}: {', '.join(faults)}. Nothing is made up in their place: "
                "fetch the model again, or save its tensors under the names that it gives them"
            )


def told(fault: str, names: Sequence[str]) -> str:
    """A fault, how many tensors have it, and the first of them."""
    first = ", ".join(names[:SHOWN])
    if len(names) > SHOWN:
        first += f", and {len(names) - SHOWN} more, which the worker's log lists"
        print(f"{fault}: {', '.join(names)}", file=sys.stderr)
    return f"{len(names)} tensor{'s' if len(names) > 1 else ''} {fault} ({first})"


def refuse_unfit(found: Mapping[str, Tensor], expected: Mapping[str, Tensor], what: str) -> None:
    """Raises ValueError naming the tensors that are missing, unknown or of another shape."""
    shapes = {
        name: (tensor.shape, found[name].shape)
        for name, tensor in expected.items()
        if name in found and found[name].shape != tensor.shape
    }
    Unfit(list(expected.keys() - found.keys()), list(found.keys() - expected.keys()), shapes).refuse(what)


@contextlib.contextmanager
def reading_sizes(what: str) -> Iterator[None]:
    """Words the lack of a tensor whose shape says how large the model is, as ValueError."""
    try:
        yield
    except (KeyError, IndexError) as cause:
        raise ValueError(f"The weights are not those of {what}: they lack {cause}, among others") from cause


def filled(model: Model, weights: Mapping[str, Tensor], what: str, assign: bool = False) -> Model:
    """The model with these weights, all of them.

    Args:
        model: its own weights are overwritten.
        weights: by parameter and buffer name.
        what: says in a refusal whose weights were expected.
        assign: takes the tensors themselves instead of copying them; for a model on torch's meta device.

    Raises:
        ValueError: they are not the model's.
    """
    expected = model.state_dict()
    refuse_unfit(weights, expected, what)
    model.load_state_dict({name: weights[name] for name in expected}, assign=assign)
    return model


def pretrained_model(kind: Any, folder: str | Path, dtype: torch.dtype, **options: Any) -> Any:
    """transformers' or diffusers' model of a folder, for inference: safetensors alone, all weights from this disk.

    Args:
        kind: a class of transformers or diffusers with from_pretrained.
        folder: in its library's layout.
        dtype: of the weights.
        options: further ones of from_pretrained, such as `config` and `state_dict`.

    Raises:
        ValueError: the folder cannot be read, or its weights are not the model's.
    """
    fixed = {"use_safetensors": True, "output_loading_info": True, "ignore_mismatched_sizes": True}
    place = None if "state_dict" in options else folder
    model, told = pretrained(kind, place, named=folder, dtype=dtype, **fixed, **options)
    shapes = {name: (wanted, found) for name, found, wanted in told["mismatched_keys"]}
    what = f"the {type(model).__name__} in {folder}"
    Unfit(list(told["missing_keys"]), list(told["unexpected_keys"]), shapes).refuse(what)
    return model.eval()


def pretrained(kind: Any, folder: str | Path | None, named: str | Path | None = None, **options: Any) -> Any:
    """A tokenizer or processor of transformers from a folder of this disk. Raises ValueError when it cannot be read."""
    try:
        return kind.from_pretrained(folder, local_files_only=True, **options)
    except Exception as cause:  # whatever a damaged file makes a library raise
        raise ValueError(
            f"{kind.__module__.partition('.')[0]} cannot open {named or folder} as {kind.__name__}: {cause}"
        ) from cause
