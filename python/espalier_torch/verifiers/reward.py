"""Scalar reward models through the judge's seam: one score for how well an image fits its prompt, told as the outcome.

In CLIP's format: CLIP score, PickScore, and whatever else compares an image's and a text's vector, HPSv2 among them
once somebody has brought it into transformers' layout. In ImageReward's own format: `image_reward`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AutoProcessor, CLIPModel

from espalier_torch.checkpoints.model_weights import pretrained, pretrained_model
from espalier_torch.checkpoints.released_weights import read_config, weights_identity
from espalier_torch.runtime.cut_texts import tokens_read
from espalier_torch.verifiers.image_reward import ImageReward, load_image_reward

QUESTION = "outcome"
READER = "the CLIP that scores"
CLIP, IMAGE_REWARD = "clip", "bert"
"""`model_type` of the configurations; ImageReward comes with that of its text encoder alone."""


class Reward(Protocol):
    """What a judge needs of a reward model."""

    def scores(self, prompts: Sequence[str], images: Tensor) -> Tensor:
        """(B,) float32 in 0..1, of B prompts and (B, H, W, 3) uint8 images."""


class ClipReward:
    """(1 + cosine) / 2 of CLIP's vectors.

    Rising with CLIP score (Hessel et al., 2021, arXiv 2104.08718) and with PickScore (Kirstain et al., 2023,
    arXiv 2305.01569), which scales the cosine; so it ranks images of a prompt as they do.
    """

    def __init__(self, model: CLIPModel, processor: Any):
        self.model, self.processor = model, processor

    def scores(self, prompts: Sequence[str], images: Tensor) -> Tensor:
        """As Reward.scores."""
        positions = self.model.config.text_config.max_position_embeddings
        limit = tokens_read(self.processor.tokenizer, prompts, positions, READER)
        inputs = self.processor(
            text=list(prompts), images=list(images.cpu().numpy()), return_tensors="pt", padding=True,
            truncation=True, max_length=limit,
        ).to(self.model.device)  # fmt: skip
        inputs["pixel_values"] = inputs["pixel_values"].to(self.model.dtype)
        found = self.model(**inputs)
        return (1 + F.cosine_similarity(found.text_embeds.float(), found.image_embeds.float())) / 2


class RewardJudge:
    """A reward model that answers the outcome question."""

    def __init__(self, reward: Reward | ImageReward, identity: str, batch: int = 32):
        self.reward, self.identity, self.batch = reward, identity, batch
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
            scores.append(self.reward.scores([prompts[row] for row in rows], images(rows)))
            self.forwards += len(rows)
        return torch.cat(scores).cpu().expand(len(asked), -1)


def is_reward_model(folder: str | Path) -> bool:
    """Whether a folder holds a model that scores rather than answers. Raises ValueError when it holds none."""
    return read_config(folder).get("model_type") in (CLIP, IMAGE_REWARD)


def load_reward_judge(folder: str | Path, device: torch.device, dtype: torch.dtype, batch: int = 32) -> RewardJudge:
    """The reward model of a folder. Raises ValueError when it holds another model, or lacks a part."""
    if not is_reward_model(folder):
        raise ValueError(f"{folder} is no reward model: expected CLIP's format (as PickScore is) or ImageReward's")
    identity = weights_identity(Path(folder))
    if read_config(folder).get("model_type") == IMAGE_REWARD:
        return RewardJudge(load_image_reward(folder, device, dtype), identity, batch)
    model = pretrained_model(CLIPModel, folder, dtype)
    return RewardJudge(ClipReward(model.to(device), pretrained(AutoProcessor, folder)), identity, batch)
