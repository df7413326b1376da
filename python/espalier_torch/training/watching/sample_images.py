"""Images of the same captions and seeds, drawn now and then while training."""

from typing import Any

import torch

from espalier_torch.data.pictures import write_picture
from espalier_torch.training.likelihoods import watching
from espalier_torch.training.state import TrainingState


@torch.no_grad()
def sample_event(state: TrainingState) -> dict[str, Any]:
    """The event of the sample images at the run's present step: word ids and tokens, or files, one row an image.

    Captions are spread over those of the held-out pairs where there are some, else over the training pairs.
    """
    captions = state.captions if state.held_out is None else torch.unique(state.held_out.text, dim=0)
    count = min(state.request.sample_prompts, len(captions))
    text = captions[torch.linspace(0, len(captions) - 1, count).round().long()].to(state.device)
    with watching(state):
        drawn = state.objective.sample(state.model, text, range(count))
    event = {"event": "samples-end", "step": state.step, "text": text.tolist()}
    if drawn.ndim == 2:
        return {**event, "tokens": drawn.tolist()}
    folder = state.work / "samples" / f"step-{state.step:06}"
    files = [write_picture(folder / f"{row:04}.png", one) for row, one in enumerate(drawn)]
    return {**event, "tokens": [], "prompts": state.objective.captions_of(text), "pictures": files}
