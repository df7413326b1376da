"""What a serving worker answers about a generator that keeps its paths itself, and about a judge of pictures."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from espalier_torch.distributed.devices import chosen_device, use_threads
from espalier_torch.families.drawn_paths import PathGenerator
from espalier_torch.families.registry import drawn_named
from espalier_torch.protocol.drawn_requests import (
    JudgePicturesRequest,
    OpenDrawerRequest,
    OpenJudgeRequest,
    PathsAdvanceRequest,
    PathsDropRequest,
    PathsForkRequest,
    PathsOpenRequest,
    PathsShowRequest,
)
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.lines import finite
from espalier_torch.serving.answering import written
from espalier_torch.serving.judges import chosen_dtype, opened_judge
from espalier_torch.serving.models import arrays


class Drawer:
    """A generator with the states of its paths by number, and a judge; each is there once it was opened."""

    def __init__(self) -> None:
        self.generator: PathGenerator | None = None
        self.states: dict[int, Any] = {}
        self.steps: dict[int, int] = {}
        self.judge: Any = None

    def open(self, request: OpenDrawerRequest) -> dict[str, Any]:
        """Loads a generator; the paths of another are gone."""
        use_threads(request.threads)
        device = chosen_device(request.device)
        dtype = chosen_dtype(request.dtype, device)
        self.generator, self.states, self.steps = None, {}, {}
        self.generator = drawn_named(request.family).generator(request, device, dtype)
        height, width = getattr(self.generator, "size", (None, None))
        return {
            "event": "open-drawer-end", "generator": self.generator.identity,
            "evaluations_a_step": self.generator.evaluations_a_step, "width": width, "height": height,
            "device": device.type, "dtype": str(dtype).removeprefix("torch."),
        }  # fmt: skip

    def opened(self) -> PathGenerator:
        """The generator. Raises RequestError before it was opened."""
        if self.generator is None:
            raise RequestError("No generator is loaded; the first request must be `open-drawer`")
        return self.generator

    def state(self, path: int) -> Any:
        """The state of a path. Raises RequestError for one that is not there."""
        if path not in self.states:
            raise RequestError(f"No path {path}: it was dropped, or never begun")
        return self.states[path]

    def begin(self, request: PathsOpenRequest) -> dict[str, Any]:
        """Begins paths."""
        if not len(request.paths) == len(request.prompts) == len(request.seeds):
            raise RequestError("Expected as many paths, prompts and seeds")
        begun = self.opened().open(request.prompts, request.seeds)
        self.keep(request.paths, begun, [0] * len(begun))
        return {"event": "paths-open-end"}

    def keep(self, paths: list[int], states: list[Any], steps: list[int]) -> None:
        """Keeps the states of paths. Raises RequestError when there are not as many."""
        if len(states) != len(paths):
            raise RequestError(f"Expected {len(paths)} states of as many paths, got {len(states)}")
        self.states.update(zip(paths, states, strict=True))
        self.steps.update(zip(paths, steps, strict=True))

    def advance(self, request: PathsAdvanceRequest) -> dict[str, Any]:
        """One step of each path."""
        moved = self.opened().advance([self.state(path) for path in request.paths])
        self.keep(request.paths, moved, [self.steps[path] + 1 for path in request.paths])
        return {"event": "paths-advance-end"}

    def fork(self, request: PathsForkRequest) -> dict[str, Any]:
        """A path that leaves another."""
        source = self.state(request.source)
        left = self.opened().fork(source, request.step, request.earlier, request.seed, request.share)
        self.keep([request.path], [left], [request.earlier])
        return {"event": "paths-fork-end"}

    def show(self, request: PathsShowRequest) -> dict[str, Any]:
        """Pixels of paths: predicted ones midway, the picture itself at the end."""
        generator = self.opened()
        shown: dict[int, Any] = {}
        for whole, look in ((False, generator.preview), (True, generator.finish)):
            some = [path for path in request.paths if (self.steps.get(path) == generator.steps) == whole]
            if some:
                shown.update(zip(some, look([self.state(path) for path in some]), strict=True))
        pixels = stacked([shown[path] for path in request.paths])
        return {"event": "paths-show-end", "output": written(request.output, {"pixels": pixels})}

    def drop(self, request: PathsDropRequest) -> dict[str, Any]:
        """Forgets paths."""
        for path in request.paths:
            self.states.pop(path, None)
            self.steps.pop(path, None)
        return {"event": "paths-drop-end"}

    def open_judge(self, request: OpenJudgeRequest) -> dict[str, Any]:
        """Loads a judge of pictures."""
        use_threads(request.threads)
        device = chosen_device(request.device)
        self.judge = None
        self.judge, questions = opened_judge(request, device, chosen_dtype(request.dtype, device))
        return {"event": "open-judge-end", "judge": self.judge.identity, "questions": questions}

    def ask(self, request: JudgePicturesRequest) -> dict[str, Any]:
        """The judge's answers about pictures."""
        if self.judge is None:
            raise RequestError("No judge is loaded; the first request must be `open-judge`")
        (pixels,) = arrays(request.input, "pixels")
        if pixels.ndim != 4 or len(pixels) != len(request.prompts):
            raise RequestError(f"{len(request.prompts)} prompts were given for pixels of shape {tuple(pixels.shape)}")
        answers = self.judge.ask(request.questions, request.prompts, pixels)
        return {"event": "judge-pictures-end", "scores": [[finite(one) for one in row] for row in answers.tolist()]}

    def works(self) -> Mapping[type, Callable[[Any], dict[str, Any]]]:
        """What answers each request that opens nothing."""
        return {
            PathsOpenRequest: self.begin,
            PathsAdvanceRequest: self.advance,
            PathsForkRequest: self.fork,
            PathsShowRequest: self.show,
            PathsDropRequest: self.drop,
            JudgePicturesRequest: self.ask,
        }


def stacked(pictures: list[Any]) -> torch.Tensor:
    """(B, H, W, 3) uint8 of pictures of one size. Raises RequestError for anything else."""
    shapes = {tuple(np.shape(one)) for one in pictures}
    found = [np.asarray(one) for one in pictures]
    strange = next((one for one in found if one.ndim != 3 or one.shape[-1] != 3 or one.dtype != np.uint8), None)
    if strange is not None:
        raise RequestError(f"Expected pictures (H, W, 3) uint8, got {strange.shape} {strange.dtype}")
    if len(shapes) > 1:
        raise RequestError(f"Expected pictures of one size, got {sorted(shapes)}")
    return torch.from_numpy(np.stack(found))
