"""Images of the same captions and seeds, drawn now and then while training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from espalier_torch.objective.sampling import sample
from espalier_torch.training.settings import sampler_settings

if TYPE_CHECKING:
    from espalier_torch.training.run import Run


def sample_event(run: Run) -> dict[str, Any]:
    """The event of the sample images at the run's present step: word ids and tokens, one row an image.

    Captions are spread over those of the held-out pairs where there are some, else over the training pairs.
    """
    pairs = run.pairs if run.held_out is None else run.held_out
    captions = torch.unique(pairs.text, dim=0)
    count = min(run.request.sample_prompts, len(captions))
    text = captions[torch.linspace(0, len(captions) - 1, count).round().long()].to(run.device)
    drawn = sample(
        run.model,
        text,
        np.arange(count),
        mask_id=run.config.codebook_size,
        tokens=run.config.tokens,
        settings=sampler_settings(run.request),
    )
    return {"event": "samples-end", "step": run.step, "text": text.tolist(), "tokens": drawn.tokens.tolist()}
