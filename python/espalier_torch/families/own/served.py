"""A person's own generator as a worker serves it (`registry.Drawn`): a class of theirs, from a file of theirs."""

import hashlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from espalier_torch.checkpoints.checkpoint_folder import family_record
from espalier_torch.families.drawn_paths import PathGenerator
from espalier_torch.protocol.drawn_requests import OpenDrawerRequest

STEPWISE = ("open", "advance", "preview", "finish")


def generator(request: OpenDrawerRequest, device: torch.device, dtype: torch.dtype) -> PathGenerator:
    """As Drawn.generator; the request's generator is FILE.py:FACTORY."""
    file, _, name = request.generator.rpartition(":")
    size = {"width": request.width, "height": request.height}
    about = {"steps": request.steps, "guidance_scale": request.guidance_scale, "device": str(device)}
    made = factory_of(Path(file), name)({**about, **size, "checkpoint": request.checkpoint})
    return OwnGenerator(made, identity_of(request), request.steps)


def identity_of(request: OpenDrawerRequest) -> str:
    """What the generator is known by: its code, or the checkpoint that a trainer left for it. Raises ValueError."""
    file, _, name = request.generator.rpartition(":")
    if request.checkpoint is None:
        return own_identity(Path(file), name)
    return family_record(request.checkpoint, "python")["identity"]


def own_identity(file: Path, name: str) -> str:
    """sha256 of the file and the factory's name: who changes the code has another generator."""
    return hashlib.sha256(file.read_bytes() + f"\n{name}".encode()).hexdigest()


def factory_of(file: Path, name: str) -> Any:
    """What a file calls `name`. Raises ValueError where it cannot be had."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise ValueError(f"Expected a Python file with a generator, got {file}")
    sys.path.insert(0, str(file.parent))
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as cause:  # Anything may go wrong in a person's file.
        raise ValueError(f"{file} cannot be loaded: {type(cause).__name__}: {cause}") from cause
    if not callable(getattr(module, name, None)):
        raise ValueError(f"Expected {file} to have {name!r}, a class or function that makes a generator")
    return getattr(module, name)


class OwnGenerator:
    """A person's object as a `PathGenerator`: stepwise, or one that gives whole pictures in one step.

    Raises:
        ValueError: it is neither, or it cannot be run in so many steps.
    """

    def __init__(self, made: Any, identity: str, steps: int):
        self.made, self.identity, self.steps = made, identity, steps
        self.evaluations_a_step = int(getattr(made, "evaluations_a_step", 1))
        self.is_stepwise = all(callable(getattr(made, name, None)) for name in STEPWISE)
        if not self.is_stepwise and not callable(getattr(made, "generate", None)):
            missing = [name for name in STEPWISE if not callable(getattr(made, name, None))]
            raise ValueError(
                f"Expected a generator with {', '.join(STEPWISE)}, or with generate alone; "
                f"{type(made).__name__} lacks {', '.join(missing)}"
            )
        if not self.is_stepwise and steps != 1:
            raise ValueError(f"A generator with generate alone takes 1 step: set sampler.steps to 1, got {steps}")

    def open(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Any]:
        """As PathGenerator.open."""
        if self.is_stepwise:
            return list(self.made.open(list(prompts), list(seeds)))
        return list(zip(prompts, seeds, strict=True))

    def advance(self, states: Sequence[Any]) -> list[Any]:
        """As PathGenerator.advance."""
        if self.is_stepwise:
            return list(self.made.advance(list(states)))
        prompts, seeds = zip(*states, strict=True)
        return list(self.made.generate(list(prompts), list(seeds)))

    def preview(self, states: Sequence[Any]) -> list[np.ndarray]:
        """As PathGenerator.preview."""
        return pixels_of(self.made.preview(list(states)) if self.is_stepwise else states)

    def finish(self, states: Sequence[Any]) -> list[np.ndarray]:
        """As PathGenerator.finish."""
        return pixels_of(self.made.finish(list(states)) if self.is_stepwise else states)

    def fork(self, state: Any, step: int, earlier: int, seed: int, share: float) -> Any:
        """As PathGenerator.fork."""
        if callable(getattr(self.made, "fork", None)):
            return self.made.fork(state, step, earlier, seed, share)
        raise ValueError(f"{type(self.made).__name__} has no fork: zero-order and over-paths need one")


def pixels_of(pictures: Sequence[Any]) -> list[np.ndarray]:
    """Arrays of pictures, which may be PIL's."""
    return [np.asarray(one) for one in pictures]
