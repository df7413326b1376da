"""Log-likelihoods under a frozen reference: computed once and kept in a file that every later run like it uses."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from espalier_torch.data.pair_order import PairOrder
from espalier_torch.distributed.processes import Processes
from espalier_torch.objective.objective import Objective, PairLogLikelihoods
from espalier_torch.protocol.event_log import Emit
from espalier_torch.runtime.files import hash_of, usual_modes
from espalier_torch.runtime.sending import sent

Score = Callable[[Any], PairLogLikelihoods]
"""The log-likelihoods of rows of pairs under some model, in the run's own arithmetic."""


class ReferenceTable:
    """Reference log-likelihoods of every pair under every table of draws: chosen and rejected, (tables, P) float32."""

    def __init__(self, chosen: Tensor, rejected: Tensor, device: torch.device):
        self.chosen, self.rejected, self.device = chosen, rejected, device

    def of(self, indices: Tensor, table: int, rows: Any) -> tuple[Tensor, Tensor]:
        """As Reference.of."""
        return sent(self.chosen[table, indices], self.device), sent(self.rejected[table, indices], self.device)

    def follow(self, model: nn.Module, step: int) -> None:
        """A frozen reference stays where it is."""

    def tensors(self) -> None:
        """Nothing: the table has a file of its own."""


@dataclass(frozen=True)
class TablePlan:
    """What a table is computed for.

    order: the batches. objective: what measures them. tables: how many tables of draws are used. identity: of the
    reference checkpoint. processes: who shares the work. micro_pairs: pairs of one forward pass. arithmetic: what else
    decides the bits.
    """

    order: PairOrder
    objective: Objective
    tables: int
    identity: str
    processes: Processes
    micro_pairs: int | None
    arithmetic: tuple[Any, ...]


def cache_key(plan: TablePlan) -> str:
    """Hash of all that the table depends on, down to the batches: the same rows give the same bits."""
    order, pairs = plan.order, plan.order.pairs
    about = {
        "pairs": [pairs.sha256, int(pairs.shared_steps.sum())],
        "reference": plan.identity,
        "tables": plan.tables,
        "order": [order.seed, order.batch_pairs, plan.micro_pairs, plan.processes.count],
        "arithmetic": [torch.__version__, plan.objective.device.type, torch.get_num_threads(), *plan.arithmetic],
        **plan.objective.draws(),
    }
    return hash_of(about)[:24]


def reference_table(
    load: Callable[[], Score], plan: TablePlan, cache: Path, emit: Emit, check_stop: Callable[[], None]
) -> ReferenceTable:
    """Reads the table from `cache`, or computes and stores it.

    Args:
        load: gives the reference; called only when something must be computed.
        plan: what to compute.
        cache: folder of the stored tables.
        emit: takes events.
        check_stop: raises when the run was asked to stop.
    """
    file = cache / f"reference-{cache_key(plan)}.safetensors"
    plan.processes.wait()
    cached = file.is_file()
    emit({"event": "reference-start", "pairs": len(plan.order.pairs), "tables": plan.tables, "cached": cached})
    started = time.monotonic()
    if cached:
        found = load_file(file)
    else:
        found = computed(load(), plan, emit, check_stop)
        if plan.processes.first:
            cache.mkdir(parents=True, exist_ok=True)
            partial = file.with_suffix(f".{os.getpid()}.partial")
            save_file(found, partial)
            usual_modes(partial)
            partial.replace(file)
    emit({"event": "reference-end", "seconds": time.monotonic() - started})
    return ReferenceTable(found["chosen"], found["rejected"], plan.objective.device)


@torch.no_grad()
def computed(score: Score, plan: TablePlan, emit: Emit, check_stop: Callable[[], None]) -> dict[str, Tensor]:
    """The table itself. Batches are those of training, so that policy and reference round alike."""
    pairs = plan.order.pairs
    chosen, rejected = torch.zeros(plan.tables, len(pairs)), torch.zeros(plan.tables, len(pairs))
    done, total, told = 0, plan.tables * len(pairs), 0.0
    for table in range(plan.tables):
        for indices in plan.order.order(epoch=table):
            check_stop()
            for places in plan.processes.share(len(indices), plan.micro_pairs):
                piece = indices[places]
                found = score(plan.objective.rows(pairs, piece, table))
                chosen[table, piece] = found.chosen.cpu()
                rejected[table, piece] = found.rejected.cpu()
            done += len(indices)
            if time.monotonic() - told > 2:
                emit({"event": "reference-delta", "done": done, "total": total})
                told = time.monotonic()
    return {"chosen": plan.processes.total(chosen), "rejected": plan.processes.total(rejected)}
