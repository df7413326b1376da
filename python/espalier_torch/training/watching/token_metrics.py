"""What TRL logs of the tokens themselves, measured on the pairs of the step to come."""

from espalier_torch.training.likelihoods import rows_of, watching
from espalier_torch.training.state import TrainingState


def token_metrics(state: TrainingState) -> dict[str, float]:
    """The objective's metrics of single tokens; of a batch that is cut into pieces, the first piece is measured."""
    indices = state.order.indices(state.step)
    pieces = state.processes.share(len(indices), state.micro_pairs)
    if not pieces:
        return {}
    rows = rows_of(state, indices[pieces[0]], state.order.table_at(state.step))
    with watching(state):
        return state.objective.token_metrics(state.model, rows)
