"""Where a process computes."""

import torch

from espalier_torch.protocol.fields import RequestError


def use_threads(count: int | None) -> None:
    """Computes on so many CPU threads, where a request says."""
    if count is not None:
        torch.set_num_threads(count)


def chosen_device(name: str) -> torch.device:
    """The device asked for; "auto" is CUDA where there is one. Raises RequestError when it is missing."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise RequestError("device is 'cuda', but torch finds no CUDA device here; use 'cpu' or 'auto'")
    return torch.device(name)
