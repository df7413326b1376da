"""Parts of a pair set: those picked by number, and those of captions held out."""

import hashlib
from dataclasses import fields, replace

import numpy as np
import torch
from torch import Tensor

from espalier_torch.data.pairs import PairSet


def chosen_pairs(pairs: PairSet, indices: Tensor, why: str) -> PairSet:
    """The pairs at `indices` (int64), as a set of their own; `why` enters its hash."""
    picked = {
        one.name: getattr(pairs, one.name)[indices]
        for one in fields(pairs)
        if isinstance(getattr(pairs, one.name), Tensor)
    }
    tags = [pairs.tags[index] for index in indices.tolist()]
    digest = hashlib.sha256(f"{pairs.sha256} {why} ".encode() + indices.numpy().tobytes()).hexdigest()
    return replace(pairs, **picked, tags=tags, sha256=digest)


def split_by_caption(pairs: PairSet, share: float) -> tuple[PairSet, PairSet]:
    """Pairs to train on and pairs held out; no caption is in both. The cut depends on the captions alone.

    Raises:
        ValueError: the share leaves no pair on one side.
    """
    captions = [hashlib.sha256(row.tobytes()).digest()[:8] for row in pairs.text.numpy()]
    ranked = sorted(set(captions))
    held = set(ranked[: round(share * len(ranked))])
    out = torch.from_numpy(np.array([caption in held for caption in captions]))
    if not out.any() or out.all():
        lacking = "train on" if out.all() else "hold out"
        raise ValueError(f"held_out_share {share} of {len(ranked)} captions leaves no pair to {lacking}")
    kept = torch.arange(len(pairs))
    return chosen_pairs(pairs, kept[~out], "trained on"), chosen_pairs(pairs, kept[out], "held out")
