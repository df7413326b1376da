"""Pairs of pictures as a diffusion or flow model sees them, and pictures of one under training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from espalier_torch.checkpoints.resumable_run import work_folder
from espalier_torch.data.picture_pairs import PicturePairs, read_picture_pairs
from espalier_torch.families.diffusers.architectures import Architecture
from espalier_torch.families.diffusers.encoded import Encoded
from espalier_torch.families.diffusers.generator import DiffusersGenerator
from espalier_torch.families.diffusers.layout import readers_identity
from espalier_torch.families.diffusers.schedules import OFFERED, OWN
from espalier_torch.families.diffusers.trained import TrainedDenoiser, TrainedPipeline
from espalier_torch.families.masked_objective import mask_settings
from espalier_torch.objective.denoising import NoisyPairs, Text, drawn_noise, pair_log_likelihoods
from espalier_torch.objective.masks import MaskSettings
from espalier_torch.objective.objective import Objective, PairLogLikelihoods
from espalier_torch.protocol.sections import Sampler
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime import randomness

HALF = 0.5
"""What a latent number costs when it is guessed as 0: half the mean square of its target."""


@dataclass(frozen=True)
class AtSize:
    """The model asked about pictures of one size, (height, width) in pixels, as denoising.Denoises."""

    architecture: Architecture
    size: tuple[int, int]
    guidance: float

    def packed(self, latents: Tensor) -> Tensor:
        """As Denoises.packed."""
        return self.architecture.packed(latents)

    def outputs(self, latents: Tensor, times: Tensor, texts: Text) -> Tensor:
        """As Denoises.outputs."""
        return self.architecture.outputs(latents, times, texts, self.size, self.guidance)


@dataclass(frozen=True)
class DenoisedPictures(Objective[NoisyPairs]):
    """The denoising error of pictures, at times that are drawn as masks are.

    config: the pipeline. encoded: rows of pair sets. draws_of: how times and noise are drawn. guidance: what a model is
    told that learned to be told.
    """

    config: TrainedPipeline
    encoded: Encoded
    draws_of: MaskSettings
    caption_dropout: float
    reduction: str
    guidance: float
    drawing: Sampler
    device: torch.device

    def read_pairs(self, files: Sequence[str]) -> PicturePairs:
        """As Objective.read_pairs: pictures."""
        return read_picture_pairs(files)

    def refuse_strange(self, pairs: PicturePairs) -> None:
        """As Objective.refuse_strange: any picture can be encoded."""

    def prepare(self, pairs: PicturePairs, tell: Callable[[int, int], None], check_stop: Callable[[], None]) -> None:
        """As Objective.prepare: latents and embeddings."""
        self.encoded.prepare(pairs, tell, check_stop)

    def rows(self, pairs: PicturePairs, indices: Tensor, table: int) -> NoisyPairs:
        """As Objective.rows."""
        chosen, rejected = (self.encoded.latents(pairs, side[indices]) for side in (pairs.chosen, pairs.rejected))
        drawn = randomness.uniform(self.draws_of.seed, indices.numpy(), table, randomness.CAPTION)
        dropped = torch.from_numpy(drawn) < self.caption_dropout
        texts = self.encoded.texts(pairs, pairs.caption[indices].masked_fill(dropped, len(pairs.captions)))
        noised = [
            drawn_noise(self.draws_of, self.config.noising, table, indices, side, chosen.shape[1:]) for side in (0, 1)
        ]
        return on_device(NoisyPairs(texts, chosen, rejected, *noised), self.device)

    def log_likelihoods(self, model: TrainedDenoiser, rows: NoisyPairs) -> PairLogLikelihoods:
        """As Objective.log_likelihoods: minus half the squared error."""
        height, width = (self.config.pixels * side for side in rows.chosen.shape[-2:])
        asked = AtSize(model.architecture, (height, width), self.guidance)
        return pair_log_likelihoods(asked, rows, self.config.noising.target, self.reduction)

    def token_metrics(self, model: TrainedDenoiser, rows: NoisyPairs) -> dict[str, float]:
        """As Objective.token_metrics: pictures have no tokens."""
        return {}

    def sample(self, model: TrainedDenoiser, text: Tensor, seeds: Sequence[int]) -> Tensor:
        """As Objective.sample: the pipeline's own scheduler draws them, or DDIM where that cannot be set to a step."""
        told = self.encoded.read_back(text)
        size = self.encoded.size_of(text)
        draw = drawing(model.architecture, self.drawing, size, self.encoded.autoencoder())
        draw.known.update(told)
        paths = draw.open(list(told), list(seeds)[: len(told)])
        for _ in range(draw.steps):
            paths = [moved for one in paths for moved in draw.advance([one])]
        return torch.from_numpy(np.stack(draw.finish(paths)))

    def captions_of(self, text: Tensor) -> list[str]:
        """As Objective.captions_of."""
        return list(self.encoded.read_back(text))

    def without_dropout(self) -> "DenoisedPictures":
        """As Objective.without_dropout."""
        return replace(self, caption_dropout=0.0)

    def draws(self) -> dict[str, Any]:
        """As Objective.draws."""
        of = self.draws_of
        drawn = {name: getattr(of, name) for name in ("seed", "draws", "stratified", "antithetic", "shared")}
        read = {"readers": readers_identity(self.config.folder), "guidance": self.guidance}
        return {"objective": "denoising", **drawn, **read, "caption_dropout": self.caption_dropout}

    @property
    def tokens_a_pair(self) -> int:
        """As Objective.tokens_a_pair: places of latents, of both pictures, at all times."""
        return 2 * self.draws_of.draws * int(np.prod([side // self.config.pixels for side in self.config.size]))

    @property
    def guessing_cost(self) -> float:
        """As Objective.guessing_cost."""
        return HALF


def drawing(
    architecture: Architecture, asked: Sampler, size: tuple[int, int], autoencoder: torch.nn.Module
) -> DiffusersGenerator:
    """What draws pictures of a denoiser under training."""
    own = type(architecture.pipeline.scheduler) in OFFERED.values()
    made = DiffusersGenerator(
        architecture, "under training", steps=asked.steps, guidance_scale=1 + asked.guidance_scale,
        scheduler=OWN if own else "ddim", size=size,
    )  # fmt: skip
    made.decoder = autoencoder
    return made


def on_device(rows: NoisyPairs, device: torch.device) -> NoisyPairs:
    """The same rows on a device."""
    moved = lambda noised: replace(  # noqa: E731
        noised,
        levels=replace(noised.levels, **{name: one.to(device) for name, one in vars(noised.levels).items()}),
        gaussian=noised.gaussian.to(device),
    )
    texts = {name: one.to(device) for name, one in rows.texts.items()}
    sides = (rows.chosen.to(device), rows.rejected.to(device))
    return NoisyPairs(texts, *sides, moved(rows.chosen_noised), moved(rows.rejected_noised))


def denoised_pictures(request: TrainRequest, config: TrainedPipeline, device: torch.device) -> DenoisedPictures:
    """What a request asks for. Raises ValueError for draws that only tokens have."""
    if request.masks.policy == "own-path":
        raise ValueError("masks.policy is 'own-path', which only tokens have: leave it out, times are drawn evenly")
    if request.sharding == "full":
        raise ValueError("sharding is 'full', but a pipeline's denoiser is held whole by each process: leave it out")
    cache = Path(request.cache) if request.cache else work_folder(Path(request.out), request.work)
    guidance = 1 + request.sampler.guidance_scale
    return DenoisedPictures(
        config, Encoded(cache, config, device), mask_settings(request), request.caption_dropout, request.reduction,
        guidance, request.sampler, device,
    )  # fmt: skip
