"""torch.compile for layers that are trained: fixed shapes, of which a few may come up."""

from collections.abc import Callable
from typing import Any

import torch

SHAPES = 64
"""Shapes a function is compiled for at most: pieces of a batch, widths of captions, with and without a gradient."""


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled anew for each shape; the next run finds what was compiled in torch's own cache on disk."""
    import torch._dynamo as dynamo  # noqa: PLC0415 (seconds to import, and seldom needed)

    dynamo.config.recompile_limit = max(SHAPES, dynamo.config.recompile_limit)
    return torch.compile(function, dynamic=False)


def said_of_compiling(fault: RuntimeError) -> str | None:
    """What a fault of compiling says first, such as that a compiler is missing; None for any other fault."""
    from torch._dynamo.exc import TorchDynamoException  # noqa: PLC0415

    if not isinstance(fault, TorchDynamoException):
        return None
    return " ".join(str(fault).split("\n")[:2]).strip() or type(fault).__name__
