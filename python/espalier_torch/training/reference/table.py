"""Log-probabilities under the reference policy.

A frozen reference is computed once and kept in a file that every later run like it uses. One that follows the policy
(TR-DPO) is a second model, asked at every step.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import usual_modes
from espalier_torch.distributed.processes import Processes
from espalier_torch.objective.estimator import Batch, Estimates
from espalier_torch.training.batches import BatchPlan

Emit = Callable[[dict[str, Any]], None]


Score = Callable[[Batch], Estimates]
"""The log-likelihoods of a batch under some model, in the run's own arithmetic."""


class ReferenceTable:
    """Reference log-probabilities of every pair under every mask table: chosen and rejected, (tables, P) float32."""

    def __init__(self, chosen: Tensor, rejected: Tensor):
        self.chosen = chosen
        self.rejected = rejected

    def of(self, indices: Tensor, table: int, batch: Batch) -> tuple[Tensor, Tensor]:
        """Chosen and rejected of the pairs at `indices`, (B,) each, on the batch's device."""
        device = batch.text.device
        return self.chosen[table, indices].to(device), self.rejected[table, indices].to(device)

    def follow(self, model: nn.Module, step: int) -> None:
        """A frozen reference stays where it is."""

    def tensors(self) -> dict[str, Tensor] | None:
        """What a resumable state must hold: nothing, the table has a file of its own."""
        return None


class FollowingReference:
    """A reference that is moved towards the policy now and then: TR-DPO (Gorbatovski et al. 2024, arXiv 2404.09656).

    A share below 1 is its soft update, 1 its hard one.
    """

    def __init__(self, model: nn.Module, score: Callable[[nn.Module, Batch], Estimates], every: int, share: float):
        self.model, self.score, self.every, self.share = model, score, every, share

    @torch.no_grad()
    def of(self, indices: Tensor, table: int, batch: Batch) -> tuple[Tensor, Tensor]:
        """Chosen and rejected of the batch, (B,) each."""
        found = self.score(self.model, batch)
        return found.chosen, found.rejected

    @torch.no_grad()
    def follow(self, model: nn.Module, step: int) -> None:
        """After optimizer step `step`: moves `share` of the way to the policy, every so many steps."""
        if step % self.every == 0:
            for own, policy in zip(self.model.parameters(), model.parameters(), strict=True):
                own.lerp_(policy, self.share)

    def tensors(self) -> dict[str, Tensor]:
        """Its weights, for a resumable state."""
        return self.model.state_dict()


Reference = ReferenceTable | FollowingReference


@dataclass(frozen=True)
class TablePlan:
    """What a table is computed for.

    batches: the run's batches. tables: how many mask tables are used. identity: of the reference checkpoint.
    processes: who shares the work. micro_pairs: pairs of one forward pass. arithmetic: what else decides the bits.
    """

    batches: BatchPlan
    tables: int
    identity: str
    processes: Processes
    micro_pairs: int | None
    arithmetic: tuple[Any, ...]


def cache_key(plan: TablePlan) -> str:
    """Hash of all that the table depends on, down to the batches: the same rows give the same bits."""
    batches = plan.batches
    about = {
        "pairs": [batches.pairs.sha256, int(batches.pairs.shared_steps.sum())],
        "reference": plan.identity,
        "masks": asdict(batches.masks),
        "tables": plan.tables,
        "caption_dropout": batches.caption_dropout,
        "order": [batches.seed, batches.batch_pairs, plan.micro_pairs, plan.processes.count],
        "arithmetic": [torch.__version__, batches.device.type, torch.get_num_threads(), *plan.arithmetic],
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:24]


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
    emit({"event": "reference-start", "pairs": len(plan.batches.pairs), "tables": plan.tables, "cached": cached})
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
    return ReferenceTable(found["chosen"], found["rejected"])


@torch.no_grad()
def computed(score: Score, plan: TablePlan, emit: Emit, check_stop: Callable[[], None]) -> dict[str, Tensor]:
    """The table itself. Batches are those of training, so that policy and reference round alike."""
    batches = plan.batches
    chosen = torch.zeros(plan.tables, len(batches.pairs))
    rejected = torch.zeros(plan.tables, len(batches.pairs))
    done, total, told = 0, plan.tables * len(batches.pairs), 0.0
    for table in range(plan.tables):
        for indices in batches.order(epoch=table):
            check_stop()
            for places in plan.processes.share(len(indices), plan.micro_pairs):
                piece = indices[places]
                found = score(batches.batch(piece, table))
                chosen[table, piece] = found.chosen.cpu()
                rejected[table, piece] = found.rejected.cpu()
            done += len(indices)
            if time.monotonic() - told > 2:
                emit({"event": "reference-delta", "done": done, "total": total})
                told = time.monotonic()
    return {"chosen": plan.processes.total(chosen), "rejected": plan.processes.total(rejected)}
