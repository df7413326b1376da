"""What a request asks for, in the trainer's own terms."""

from espalier_torch.data.pair_order import PairOrder
from espalier_torch.data.pairs import PairSet
from espalier_torch.objective.log_probabilities import LossSettings
from espalier_torch.protocol.train_requests import TrainRequest


def loss_settings(request: TrainRequest) -> LossSettings:
    """How strictly the losses judge."""
    return LossSettings(
        request.beta, request.label_smoothing, request.divergence, request.divergence_alpha, request.discopop_tau
    )


def pair_order(request: TrainRequest, pairs: PairSet) -> PairOrder:
    """Which pairs come when."""
    return PairOrder(pairs, request.batch_pairs, request.seed, request.masks.tables, request.balance == "task")
