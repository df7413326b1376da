"""Opens a run: its files read and checked, its model, optimizer and average made."""

from pathlib import Path

import torch

from espalier_torch.checkpoints.saver import Saver
from espalier_torch.data.pair_order import tag_weights
from espalier_torch.distributed.processes import Processes
from espalier_torch.families.registry import family_named, trainable_record
from espalier_torch.protocol.fields import refusing
from espalier_torch.protocol.recorded import fingerprint
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.training.adapter import halve_frozen
from espalier_torch.training.inputs import load_pairs, load_policy
from espalier_torch.training.optimizer import clone_of, make_optimizer
from espalier_torch.training.piece_size import pairs_a_pass
from espalier_torch.training.settings import loss_settings, pair_order
from espalier_torch.training.state import ReferenceCheckpoint, TrainingState, keeps_frozen_halved
from espalier_torch.training.weights import placed


@refusing(ValueError, OSError)
def opened(request: TrainRequest, work: Path, processes: Processes) -> TrainingState:
    """The run before its first step. Raises RequestError when its files do not fit together."""
    policy, device = load_policy(request), processes.device
    family = family_named(policy.model.family)
    objective = family.objective(request, policy.model.config, device)
    pairs, held_out = load_pairs(request, objective)
    folder = request.reference or request.generator
    reference = ReferenceCheckpoint(folder, trainable_record(folder)["identity"])
    guide = family.guide(request, request.guidance, policy.model.config) if request.guidance else None
    order = pair_order(request, pairs)
    identities = {
        "pairs": pairs.sha256,
        "generator": policy.identity,
        "reference": reference.identity,
        "judge": guide and guide.identity,
    }
    if keeps_frozen_halved(request, processes):
        halve_frozen(policy.model)
    model = placed(policy.model, processes)
    if guide:
        guide.judge.to(device)
    return TrainingState(
        request=request,
        work=work,
        processes=processes,
        policy=policy,
        model=model,
        objective=objective,
        pairs=pairs,
        held_out=held_out,
        reference=reference,
        guide=guide,
        order=order,
        micro_pairs=pairs_a_pass(request, objective.tokens_a_pair, device),
        steps=request.epochs * order.steps_per_epoch if request.steps is None else request.steps,
        fingerprint=fingerprint(request, identities),
        losses=loss_settings(request),
        weights=tag_weights(pairs.tags, request.task_balance),
        captions=torch.unique(pairs.text, dim=0),
        optimizer=make_optimizer(model, request),
        average=clone_of(model) if request.average_decay > 0 else None,
        saver=Saver(work, request.keep_checkpoints),
    )
