"""Paths of a diffusers pipeline: each its own noise, times and step, many in one forward pass.

A path's noise comes from its seed alone, drawn on the CPU as diffusers draws it from a generator of that seed; so the
pipeline's own `__call__`, given such a generator, makes the same picture.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from espalier_torch.families.diffusers.architectures import Architecture, Text
from espalier_torch.families.diffusers.schedules import OWN, Schedule, chosen

KEPT_TEXTS = 256
"""Prompts whose embeddings are kept: about 0.3 MB each for Stable Diffusion, 8 MB for FLUX."""


@dataclass(frozen=True)
class Path:
    """A path: `step` steps run, (1, ...) latents as the scheduler has them, what it needs of earlier outputs, the clean
    latents that the last step predicted, and the state of the randomness that is left."""

    prompt: str
    step: int
    latents: Tensor
    history: tuple[Tensor, ...]
    clean: Tensor | None
    randomness: Tensor


class DiffusersGenerator:
    """A pipeline as a `PathGenerator`.

    Args:
        architecture: the pipeline.
        identity: of its weights.
        steps, guidance_scale, scheduler: how it is sampled.
        size: (height, width) of the pictures in pixels; the pipeline's own where None.
        preview_decoder: what shows paths midway; the pipeline's own autoencoder where None.

    Raises:
        ValueError: a scheduler or a size that the pipeline cannot have.
    """

    def __init__(
        self, architecture: Architecture, identity: str, *, steps: int, guidance_scale: float, scheduler: str = OWN,
        size: tuple[int | None, int | None] = (None, None), preview_decoder: Any = None,
    ):  # fmt: skip
        self.architecture, self.identity, self.steps, self.scale = architecture, identity, steps, guidance_scale
        self.pipeline = architecture.pipeline
        height, width = (asked or usual for asked, usual in zip(size, architecture.size, strict=True))
        if height % architecture.unit or width % architecture.unit:
            raise ValueError(f"Expected sides that are multiples of {architecture.unit}, got {width} x {height}")
        self.size = (height, width)
        self.decoder, self.preview_decoder = self.pipeline.vae, preview_decoder or self.pipeline.vae
        self.evaluations_a_step = 2 if architecture.guided(guidance_scale) else 1
        self.known: OrderedDict[str, tuple[Text, Text]] = OrderedDict()
        made = chosen(scheduler, self.pipeline.scheduler)
        shape = architecture.packed(torch.zeros(architecture.noise_shape(self.size)))
        self.schedule = Schedule(made, steps, **architecture.steps_of(shape, steps, made))

    @torch.inference_mode()
    def open(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Path]:
        """As PathGenerator.open."""
        return [self.begun(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    def begun(self, prompt: str, seed: int) -> Path:
        """A path before its first step."""
        random = torch.Generator().manual_seed(seed)
        latents = self.noise(random) * self.schedule.first_scale
        return Path(prompt, 0, latents, (), None, random.get_state())

    def noise(self, random: torch.Generator) -> Tensor:
        """Gaussian numbers in the shape of a path's latents, on the device, drawn on the CPU."""
        drawn = torch.randn(self.architecture.noise_shape(self.size), generator=random)
        return self.architecture.packed(drawn).to(self.architecture.denoiser.device)

    @torch.inference_mode()
    def advance(self, states: Sequence[Path]) -> list[Path]:
        """As PathGenerator.advance."""
        outputs = self.outputs(states)
        return [self.moved(path, outputs[row : row + 1]) for row, path in enumerate(states)]

    def outputs(self, paths: Sequence[Path]) -> Tensor:
        """The model's outputs with guidance, (B, ...), in one forward pass."""
        shown = torch.cat([self.schedule.model_input(path.latents, path.step) for path in paths])
        times = torch.stack([self.schedule.time(path.step) for path in paths]).to(shown.device)
        texts = self.texts([path.prompt for path in paths])
        dtype = self.architecture.denoiser.dtype
        shown = shown.to(dtype)
        if self.evaluations_a_step == 1:
            said = joined([one for one, _ in texts])
            return self.architecture.outputs(shown, times, said, self.size, self.scale).float()
        both = joined([other for _, other in texts] + [one for one, _ in texts])
        found = self.architecture.outputs(
            shown.repeat(2, *[1] * (shown.ndim - 1)), times.repeat(2), both, self.size, self.scale
        )
        without, with_text = found.float().chunk(2)
        return without + self.scale * (with_text - without)

    def texts(self, prompts: Sequence[str]) -> list[tuple[Text, Text]]:
        """What the model is told of each prompt; read once, and again when it was long unused."""
        unknown = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self.known]
        found = {prompt: self.known[prompt] for prompt in prompts if prompt in self.known}
        if unknown:
            found.update(zip(unknown, self.architecture.texts(unknown), strict=True))
        for prompt, read in found.items():
            self.known[prompt] = read
            self.known.move_to_end(prompt)
        while len(self.known) > KEPT_TEXTS:
            self.known.popitem(last=False)
        return [found[prompt] for prompt in prompts]

    def moved(self, path: Path, output: Tensor) -> Path:
        """A path after the step that the model's output leads to."""
        random = torch.Generator()
        random.set_state(path.randomness)
        clean = self.schedule.clean(output, path.latents, path.step)
        latents, history = self.schedule.stepped(output, path.latents, path.step, path.history, random)
        moved = {"latents": latents.float(), "history": history, "clean": clean, "randomness": random.get_state()}
        return replace(path, step=path.step + 1, **moved)

    @torch.inference_mode()
    def preview(self, states: Sequence[Path]) -> list[np.ndarray]:
        """As PathGenerator.preview: decoded from the clean latents that the last step predicted."""
        strange = [path for path in states if path.clean is None]
        if strange:
            raise ValueError("A path that has taken no step predicts no picture")
        ended = [path.latents if path.step == self.steps else path.clean for path in states]
        whole = all(path.step == self.steps for path in states)
        return self.pixels(torch.cat(ended), self.decoder if whole else self.preview_decoder)

    @torch.inference_mode()
    def finish(self, states: Sequence[Path]) -> list[np.ndarray]:
        """As PathGenerator.finish."""
        return self.pixels(torch.cat([path.latents for path in states]), self.decoder)

    def pixels(self, latents: Tensor, decoder: Any) -> list[np.ndarray]:
        """(H, W, 3) uint8 each; decoded one by one, so that a picture does not depend on its company."""
        found = [self.architecture.decoded(one[None], self.size, decoder) for one in latents]
        shown = [((one[0].float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8) for one in found]
        return [one.permute(1, 2, 0).cpu().numpy() for one in shown]

    @torch.inference_mode()
    def fork(self, state: Path, step: int, earlier: int, seed: int, share: float) -> Path:
        """As PathGenerator.fork; search over noise and over paths (arXiv 2501.09732, section 3.2)."""
        random = torch.Generator().manual_seed(seed)
        fresh = self.noise(random)
        if step == 0:
            near = (1 - share**2) ** 0.5 * state.latents + share * self.schedule.first_scale * fresh
            return replace(state, latents=near, randomness=random.get_state())
        if earlier == step:
            return replace(state, randomness=random.get_state())
        latents = self.schedule.noised(state.latents, fresh, step, earlier)
        return replace(state, step=earlier, latents=latents, history=(), randomness=random.get_state())


def joined(texts: Sequence[Text]) -> Text:
    """What is said of B prompts, (B, ...) tensors."""
    return {name: torch.cat([text[name] for text in texts]) for name in texts[0]}
