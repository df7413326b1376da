"""What TRL logs of the tokens themselves, measured on the pairs of the step to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from espalier_torch.objective.estimator import Batch
from espalier_torch.objective.masks import Masks

if TYPE_CHECKING:
    from espalier_torch.training.run import Run


@torch.no_grad()
def token_metrics(run: Run) -> dict[str, float]:
    """`entropy`, `mean_token_accuracy`, `logits/chosen` and `logits/rejected` over the scored tokens.

    Entropy is in nats a token, over both images; of a batch that is cut into pieces, the first piece is measured.
    """
    indices = run.plan.indices(run.step)
    pieces = run.processes.share(len(indices), run.micro_pairs)
    if not pieces:
        return {}
    batch = run.plan.batch(indices[pieces[0]], run.plan.table_of(run.step // run.plan.steps_per_epoch))
    chosen = scored_logits(run, batch, batch.chosen_tokens, batch.chosen_masks)
    rejected = scored_logits(run, batch, batch.rejected_tokens, batch.rejected_masks)
    logits, tokens = torch.cat([chosen[0], rejected[0]]), torch.cat([chosen[1], rejected[1]])
    log_probabilities = logits.log_softmax(-1)
    return {
        "entropy": -(log_probabilities.exp() * log_probabilities).sum(-1).mean().item(),
        "mean_token_accuracy": (logits.argmax(-1) == tokens).float().mean().item(),
        "logits/chosen": chosen[0].mean().item(),
        "logits/rejected": rejected[0].mean().item(),
    }


def scored_logits(run: Run, batch: Batch, tokens: Tensor, masks: Masks) -> tuple[Tensor, Tensor]:
    """Logits (S, codes) and tokens (S,) of the scored positions of one image a pair, first mask draw."""
    hidden, scored = masks.hidden[:, 0], masks.scored[:, 0]
    states = run.model.hidden_at(batch.text, torch.where(hidden, run.config.codebook_size, tokens), scored)
    return run.model.head(states).float(), tokens[scored]
