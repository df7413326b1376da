"""Weights, gradients and optimizer state in shares, one a process: torch's `fully_shard` (FSDP2).

Each process keeps its share of every parameter; a block's weights are gathered when it is computed and dropped again,
forward and backward. What is stored is whole all the same: a state or a result does not show how it was computed.
Zhao et al. 2023 (arXiv 2304.11277).
"""

from __future__ import annotations

import re
import warnings

from torch import nn

from espalier_torch.distributed.processes import Processes

BLOCK = re.compile(r"(^|\.)(blocks|layers)\.\d+$")
"""The blocks of the bundled generator and of transformers' models, each gathered alone."""

ENTRANCES = ("hidden", "hidden_at", "head", "image_logits", "log_probabilities", "read_text", "next_logits")
"""The methods a model is run by; `forward` is not called while training."""


def shard(model: nn.Module, processes: Processes) -> nn.Module:
    """Leaves each process its share of the model's parameters, on the processes' device, and returns the model.

    Gradients are summed over the processes in the backward pass, so they need no exchange of their own.
    """
    from torch.distributed.device_mesh import init_device_mesh  # noqa: PLC0415 (seconds to import, and only needed here)
    from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method  # noqa: PLC0415

    # Hidden states are a view; nothing here writes into them.
    warnings.filterwarnings("ignore", message=".*returned a view tensor.*")
    mesh = init_device_mesh(processes.device.type, (processes.count,))
    blocks = [module for name, module in model.named_modules() if BLOCK.search(name)]
    for block in blocks:
        fully_shard(block, mesh=mesh)
    # Reshard after the forward pass here too: outside of a step every process then holds shares only.
    fully_shard(model, mesh=mesh, reshard_after_forward=True)
    if hasattr(model, "shares_text"):
        model.shares_text = False  # a block called twice in a pass would find its weights dropped in the backward pass
    for name in filter(lambda entrance: hasattr(model, entrance), ENTRANCES):
        register_fsdp_forward_method(model, name)
    for module in model.modules():
        if isinstance(module, FSDPModule):
            module.set_gradient_divide_factor(1.0)
            module.set_force_sum_reduction_for_comms(True)  # gloo knows no other
    return model.to(processes.device)  # what is no parameter
