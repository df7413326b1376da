"""diffusers' schedulers one path at a time: rows of a batch may stand at different steps.

A scheduler of diffusers remembers where the one batch that it runs stands. Here a path remembers that itself, and the
scheduler is set to it before each of its steps, whose arithmetic stays diffusers' own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
)
from torch import Tensor

OWN = "pipeline"
"""Names the scheduler that lies in the pipeline's folder."""

OFFERED = {
    "ddim": DDIMScheduler,
    "euler": EulerDiscreteScheduler,
    "euler-ancestral": EulerAncestralDiscreteScheduler,
    "dpm-solver++": DPMSolverMultistepScheduler,
    "flow-euler": FlowMatchEulerDiscreteScheduler,
}


@dataclass(frozen=True)
class Level:
    """How a noisy sample is made: signal * clean + noise * gaussian."""

    signal: float
    noise: float


def chosen(name: str, own: Any) -> Any:
    """A scheduler by its name, with the settings of the pipeline's own. Raises ValueError."""
    if name == OWN:
        if type(own) in OFFERED.values():
            return type(own).from_config(own.config)
        known = ", ".join(cls.__name__ for cls in OFFERED.values())
        raise ValueError(
            f"The pipeline's own scheduler is {type(own).__name__}, which cannot run paths at different steps together "
            f"(known are {known}): name another, as sampler.scheduler {'ddim'!r}"
        )
    if (OFFERED[name] is FlowMatchEulerDiscreteScheduler) != (type(own) is FlowMatchEulerDiscreteScheduler):
        kind = "a flow" if type(own) is FlowMatchEulerDiscreteScheduler else "no flow"
        raise ValueError(f"The pipeline's scheduler is {type(own).__name__}, {kind}: {name!r} does not fit it")
    # DDIM clips its clean images unless told otherwise, which latents are not.
    plain = {"clip_sample": False, "set_alpha_to_one": False} if name == "ddim" else {}
    return OFFERED[name].from_config(own.config, **{key: one for key, one in plain.items() if key not in own.config})


class Schedule:
    """A scheduler with its steps set.

    sigmas, mu: what a flow pipeline hands to it, as diffusers' own `__call__` does.
    """

    def __init__(self, scheduler: Any, steps: int, *, sigmas: np.ndarray | None = None, mu: float | None = None):
        self.scheduler, self.steps = scheduler, steps
        self.is_flow = isinstance(scheduler, FlowMatchEulerDiscreteScheduler)
        given = {"sigmas": sigmas, "mu": mu}
        words = {name: one for name, one in given.items() if one is not None}
        if sigmas is None:
            words["num_inference_steps"] = steps
        scheduler.set_timesteps(**words)
        if len(scheduler.timesteps) != steps:
            raise ValueError(f"{type(scheduler).__name__} makes {len(scheduler.timesteps)} steps of {steps}")

    @property
    def first_scale(self) -> float:
        """What gaussian noise is multiplied by before the first step."""
        return 1.0 if self.is_flow else float(self.scheduler.init_noise_sigma)

    def time(self, step: int) -> Tensor:
        """The time that the model is told before a step."""
        return self.scheduler.timesteps[step]

    def model_input(self, latents: Tensor, step: int) -> Tensor:
        """What the model is shown of one path's latents."""
        if self.is_flow:
            return latents
        self.at(step, ())
        return self.scheduler.scale_model_input(latents, self.time(step))

    def at(self, step: int, history: tuple[Tensor, ...]) -> None:
        """Sets the scheduler to a path that has run `step` steps and made these outputs."""
        scheduler = self.scheduler
        if hasattr(scheduler, "_step_index"):
            scheduler._step_index = step
        if isinstance(scheduler, DPMSolverMultistepScheduler):
            order = scheduler.config.solver_order
            scheduler.model_outputs = [None] * (order - len(history)) + list(history)
            scheduler.lower_order_nums = len(history)

    def stepped(
        self, output: Tensor, latents: Tensor, step: int, history: tuple[Tensor, ...], noise: torch.Generator
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """One path's latents after a step, and what the next one needs of it. Latents and output are (1, ...)."""
        self.at(step, history)
        drawn = {} if isinstance(self.scheduler, DPMSolverMultistepScheduler) else {"generator": noise}
        moved = self.scheduler.step(output, self.time(step), latents, return_dict=False, **drawn)[0]
        if not isinstance(self.scheduler, DPMSolverMultistepScheduler):
            return moved, ()
        return moved, tuple(one for one in self.scheduler.model_outputs if one is not None)

    def level(self, step: int) -> Level:
        """How noisy a path is after `step` steps."""
        scheduler = self.scheduler
        if isinstance(scheduler, DDIMScheduler):
            left = scheduler.final_alpha_cumprod if step == self.steps else scheduler.alphas_cumprod[self.time(step)]
            return Level(float(left) ** 0.5, (1 - float(left)) ** 0.5)
        sigma = float(scheduler.sigmas[step])
        if self.is_flow:
            return Level(1 - sigma, sigma)
        if isinstance(scheduler, DPMSolverMultistepScheduler):
            signal = (1 + sigma**2) ** -0.5
            return Level(signal, sigma * signal)
        return Level(1.0, sigma)

    def clean(self, output: Tensor, latents: Tensor, step: int) -> Tensor:
        """The clean latents that the model's output means, by the scheduler's own parameterisation."""
        at = self.level(step)
        if self.is_flow:
            return latents - at.noise * output
        kind = self.scheduler.config.prediction_type
        if kind == "sample":
            return output
        if kind == "epsilon":
            return (latents - at.noise * output) / at.signal
        # v = signal * noise - noise * clean of latents whose variance is kept (Salimans and Ho 2022, appendix D).
        size = (at.signal**2 + at.noise**2) ** 0.5
        return (at.signal * latents / size - at.noise * output) / size

    def noised(self, latents: Tensor, fresh: Tensor, step: int, earlier: int) -> Tensor:
        """Latents of `step` as they would be at an `earlier` one: the forward process from level to level.

        clean * s + gaussian * n becomes clean * S + gaussian * N by the factor S / s and noise of the missing variance.
        """
        now, then = self.level(step), self.level(earlier)
        ratio = then.signal / now.signal
        missing = max(0.0, then.noise**2 - (ratio * now.noise) ** 2)
        return ratio * latents + missing**0.5 * fresh
