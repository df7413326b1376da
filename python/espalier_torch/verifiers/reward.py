"""Scalar reward models through the judge's seam: CLIP score, PickScore, and HPSv2-style models in CLIP's format.

All are a CLIP whose image and text vectors are compared; they differ in their weights. ImageReward and HPSv2's own
checkpoints are not in a format that transformers reads.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AutoProcessor, CLIPModel

from espalier_torch.released_weights import read_config, weights_identity

QUESTION = "outcome"


class ClipJudge:
    """How well an image fits its prompt: (1 + cosine) / 2 of CLIP's vectors, in 0..1.

    Rising with CLIP score (Hessel et al., 2021, arXiv 2104.08718) and with PickScore (Kirstain et al., 2023,
    arXiv 2305.01569), which scales the cosine; so it ranks images of a prompt as they do.
    """

    def __init__(self, model: CLIPModel, processor: Any, identity: str, batch: int = 32):
        self.model, self.processor, self.identity, self.batch = model, processor, identity, batch
        self.forwards = 0

    def ask(self, asked: Sequence[str], prompts: Sequence[str], images: Tensor) -> Tensor:
        """As YesNoJudge.ask."""
        return self.ask_about(asked, prompts, [b""] * len(prompts), lambda places: images[places])

    @torch.inference_mode()
    def ask_about(
        self, asked: Sequence[str], prompts: Sequence[str], keys: Sequence[bytes], images: Callable[[list[int]], Tensor]
    ) -> Tensor:
        """As YesNoJudge.ask_about; there is but one question, so nothing is kept. Raises ValueError for another."""
        unknown = [question for question in asked if question != QUESTION]
        if unknown:
            raise ValueError(f"A reward model answers {QUESTION!r} only, it was asked {unknown[0]!r}")
        scores = []
        for first in range(0, len(prompts), self.batch):
            rows = list(range(first, min(first + self.batch, len(prompts))))
            inputs = self.processor(
                text=[prompts[row] for row in rows], images=list(images(rows).cpu().numpy()),
                return_tensors="pt", padding=True, truncation=True,
            ).to(self.model.device)  # fmt: skip
            inputs["pixel_values"] = inputs["pixel_values"].to(self.model.dtype)
            found = self.model(**inputs)
            self.forwards += len(rows)
            scores.append((1 + F.cosine_similarity(found.text_embeds.float(), found.image_embeds.float())) / 2)
        return torch.cat(scores).cpu().expand(len(asked), -1)


def is_reward_model(folder: str | Path) -> bool:
    """Whether a folder holds a model that scores rather than answers. Raises ValueError when it holds none."""
    return read_config(folder).get("model_type") == "clip"


def load_clip_judge(folder: str | Path, device: torch.device, dtype: torch.dtype, batch: int = 32) -> ClipJudge:
    """The reward model of a folder in CLIP's format. Raises ValueError when it is another's."""
    if not is_reward_model(folder):
        raise ValueError(f"{folder} is no CLIP model: a reward model is expected in CLIP's format (as PickScore is)")
    identity = weights_identity(Path(folder))
    model = CLIPModel.from_pretrained(folder, dtype=dtype, use_safetensors=True, local_files_only=True)
    return ClipJudge(
        model.to(device).eval(), AutoProcessor.from_pretrained(folder, local_files_only=True), identity, batch
    )
