"""Log-probabilities under the reference policy: computed once, kept in a file, used by every later run like it."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from espalier_torch.batches import BatchPlan
from espalier_torch.estimator import MaskedGenerator, estimate

Emit = Callable[[dict[str, Any]], None]


class ReferenceTable:
    """Reference log-probabilities of every pair under every mask table: chosen and rejected, (tables, P) float32."""

    def __init__(self, chosen: Tensor, rejected: Tensor):
        self.chosen = chosen
        self.rejected = rejected

    def of(self, indices: Tensor, table: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Chosen and rejected of the pairs at `indices`, (B,) each."""
        return self.chosen[table, indices].to(device), self.rejected[table, indices].to(device)


def cache_key(plan: BatchPlan, identity: str, reduction: str, tables: int) -> str:
    """Hash of all that the table depends on, down to the batches: the same rows give the same bits."""
    about = {
        "pairs": plan.pairs.sha256,
        "reference": identity,
        "masks": asdict(plan.masks),
        "tables": tables,
        "caption_dropout": plan.caption_dropout,
        "reduction": reduction,
        "order": [plan.seed, plan.batch_pairs],
        "arithmetic": [torch.__version__, plan.device.type, torch.get_num_threads()],
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:24]


def reference_table(
    load: Callable[[], MaskedGenerator],
    plan: BatchPlan,
    *,
    tables: int,
    identity: str,
    mask_id: int,
    reduction: str,
    cache: Path,
    emit: Emit,
    check_stop: Callable[[], None],
) -> ReferenceTable:
    """Reads the table from `cache`, or computes and stores it.

    Args:
        load: gives the reference model on the plan's device; called only when something must be computed.
        plan: the run's batches.
        tables: how many mask tables the run will use.
        identity: identity of the reference checkpoint.
        mask_id: token id of a masked position.
        reduction: "sum" or "mean".
        cache: folder of the stored tables.
        emit: takes events.
        check_stop: raises when the run was asked to stop.
    """
    file = cache / f"reference-{cache_key(plan, identity, reduction, tables)}.safetensors"
    cached = file.is_file()
    emit({"event": "reference-start", "pairs": len(plan.pairs), "tables": tables, "cached": cached})
    started = time.monotonic()
    if cached:
        found = load_file(file)
    else:
        found = computed(load(), plan, tables, mask_id, reduction, emit, check_stop)
        cache.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        save_file(found, partial)
        partial.replace(file)
    emit({"event": "reference-end", "seconds": time.monotonic() - started})
    return ReferenceTable(found["chosen"], found["rejected"])


@torch.no_grad()
def computed(
    model: MaskedGenerator,
    plan: BatchPlan,
    tables: int,
    mask_id: int,
    reduction: str,
    emit: Emit,
    check_stop: Callable[[], None],
) -> dict[str, Tensor]:
    """The table itself. Batches are those of training, so that policy and reference round alike."""
    chosen = torch.zeros(tables, len(plan.pairs))
    rejected = torch.zeros(tables, len(plan.pairs))
    done, total, told = 0, tables * len(plan.pairs), 0.0
    for table in range(tables):
        for indices in plan.order(epoch=table):
            check_stop()
            found = estimate(model, plan.batch(indices, table), mask_id, reduction)
            chosen[table, indices] = found.chosen.cpu()
            rejected[table, indices] = found.rejected.cpu()
            done += len(indices)
            if time.monotonic() - told > 2:
                emit({"event": "reference-delta", "done": done, "total": total})
                told = time.monotonic()
    return {"chosen": chosen, "rejected": rejected}
