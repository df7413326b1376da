"""Tensors of which every process holds a share (torch's DTensor), put together and laid out again.

A tensor that is not shared passes through everything here unchanged, so nothing else asks which kind it has.
"""

from collections.abc import Mapping

from torch import Tensor


def is_share(tensor: Tensor) -> bool:
    """Whether a tensor is one process's share of a whole."""
    return hasattr(tensor, "full_tensor")


def whole(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The whole of each tensor, put together from all processes, which must all ask. On the CPU where it was shared."""
    return {name: whole_of(tensor).cpu() if is_share(tensor) else tensor for name, tensor in tensors.items()}


def whole_of(tensor: Tensor) -> Tensor:
    """The whole tensor; itself where it was never shared. All processes must ask."""
    return tensor.full_tensor() if is_share(tensor) else tensor


def shares_like(tensors: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """This process's shares of whole tensors, laid out as `own`; whole where those are. Nothing is exchanged."""
    return {name: share_like(tensor, own[name]) if name in own else tensor for name, tensor in tensors.items()}


def share_like(tensor: Tensor, own: Tensor) -> Tensor:
    """This process's share of a whole tensor, laid out as `own`; the tensor itself where that is whole."""
    if not is_share(own) or tensor.ndim == 0:
        return tensor
    from torch.distributed.tensor import distribute_tensor  # noqa: PLC0415

    # A copy: vector code may round by the place in memory, which a resumed run must not show.
    return distribute_tensor(tensor.to(own.device), own.device_mesh, own.placements, src_data_rank=None).clone()
