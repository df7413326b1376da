"""What a run reads: generator and pairs, each checked against the other."""

from pathlib import Path

from espalier_torch.data.pair_subsets import split_by_caption
from espalier_torch.data.pairs import PairSet, check_tasks
from espalier_torch.families.registry import load_trainable, trainable_record
from espalier_torch.objective.objective import Objective
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.training.adapter import CONFIG, add_adapter, take_up_adapter
from espalier_torch.training.state import Policy


def load_policy(request: TrainRequest) -> Policy:
    """The starting generator. Raises RequestError when a carried adapter does not belong to its base."""
    record = trainable_record(request.generator)
    folder = request.adapter_base or request.generator
    model, base = load_trainable(folder)
    adapter = add_adapter(model, request.adapter, request.seed) if request.adapter else None
    if request.adapter_base is not None:
        said = record.get("adapter", {}).get("base")
        if said != base["identity"] or not (Path(request.generator) / CONFIG).is_file():
            raise RequestError(
                f"adapter_base is given, but {request.generator} has no adapter on {base['identity'][:12]} "
                f"(its own base is {said and said[:12]}); name that base in adapter_base, or leave it out"
            )
        take_up_adapter(model, Path(request.generator))
    model.recompute = request.recompute_activations
    return Policy(model.eval(), record, adapter, base["identity"])


def load_pairs(request: TrainRequest, objective: Objective) -> tuple[PairSet, PairSet | None]:
    """Pairs to train on, and those of held-out captions where a share is held out. Raises ValueError."""
    pairs = objective.read_pairs(request.pairs)
    objective.refuse_strange(pairs)
    if request.balance == "task":
        check_tasks(pairs)
    return split_by_caption(pairs, request.held_out.share) if request.held_out.share else (pairs, None)
