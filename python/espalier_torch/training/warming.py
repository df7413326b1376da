"""What a run does once before its steps: finds out how many pairs fit through the model, and compiles its layers."""

import time
from typing import Any

import torch

from espalier_torch.objective.dpo import WHOLE_BATCH
from espalier_torch.protocol.event_log import Emit
from espalier_torch.protocol.fields import RequestError
from espalier_torch.runtime.compiling import said_of_compiling
from espalier_torch.training.likelihoods import rows_of, under_policy
from espalier_torch.training.piece_size import pairs_that_fit
from espalier_torch.training.state import TrainingState

MEMORY_SHARE = 0.5
"""Of the device's memory: what pieces of a batch may fill it to. Larger ones are no faster."""

WORTH_COMPILING = 200
"""Passes from which compiling, a minute or two at Show-o's size, is sooner made up for than waited for."""


def warm_up(state: TrainingState, emit: Emit) -> None:
    """Cuts the batch by the memory that is there, and compiles the layers; tells how long that took.

    Raises RequestError where compiling was asked for and does not work; where it was not, the run goes on without.
    """
    if state.resumed_from is None:
        fit_pieces(state)
    if not compiles(state):
        return
    started, failed = time.monotonic(), None
    state.model.compile_layers(True)
    state.compiled = True
    try:
        one_pass(state, rows_of(state, state.order.indices(0)[: state.micro_pairs], 0))
    except RuntimeError as fault:
        failed = said_of_compiling(fault)
        if failed is None:
            raise
        if state.request.compile == "always":
            raise RequestError(f"training.compile is 'always', but the layers cannot be compiled: {failed}") from fault
        state.model.compile_layers(False)
        state.compiled = False
        state.optimizer.zero_grad()
    emit({"event": "compile-end", "seconds": time.monotonic() - started, "failed": failed})


def compiles(state: TrainingState) -> bool:
    """Whether the layers are compiled: where it was asked for, or on a GPU for runs that are long enough."""
    asked = state.request.compile
    if asked == "never" or state.processes.sharded or not hasattr(state.model, "compile_layers"):
        return False
    size = state.micro_pairs or state.request.batch_pairs
    passes = (state.steps - state.step) * -(-state.request.batch_pairs // size)
    return asked == "always" or (state.device.type == "cuda" and passes >= WORTH_COMPILING)


def fit_pieces(state: TrainingState) -> None:
    """Cuts batches by measured memory: on a GPU, where no request does, in one process alone (all must cut alike)."""
    request = state.request
    stated = request.micro_pairs is not None or request.losses.keys() & WHOLE_BATCH
    if stated or state.device.type != "cuda" or state.processes.count > 1:
        return
    trained = sum(one.numel() * one.element_size() for one in state.model.parameters() if one.requires_grad)
    total = torch.cuda.get_device_properties(state.device).total_memory
    there = torch.cuda.memory_allocated(state.device) + 2 * trained  # AdamW has two numbers a weight
    indices = state.order.indices(0)
    peak_of = lambda pairs: peak_of_pass(state, rows_of(state, indices[:pairs], 0))  # noqa: E731
    state.micro_pairs = pairs_that_fit(len(indices), int(MEMORY_SHARE * total) - there, peak_of)


def peak_of_pass(state: TrainingState, rows: Any) -> int:
    """Bytes that a forward and a backward pass over rows take on the GPU beside what is there, gradients included."""
    torch.cuda.synchronize(state.device)
    torch.cuda.reset_peak_memory_stats(state.device)
    before = torch.cuda.memory_allocated(state.device)
    one_pass(state, rows)
    return torch.cuda.max_memory_allocated(state.device) - before


def one_pass(state: TrainingState, rows: Any) -> None:
    """Forward and backward over rows, leaving no gradient behind."""
    found = under_policy(state, rows)
    (found.chosen - found.rejected).sum().backward()
    state.optimizer.zero_grad()
