"""Training at the size of the card: the released trainer's way, ours, and ours with an adapter, on Show-o's shape.

Random weights and tokens; every loop takes as many pairs and one mask an image. On a GPU memory is the device's, at its
highest; on a CPU it is weights, their gradients and optimizer state, and what a step keeps for its gradient.
"""

import contextlib
import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from espalier_torch.benchmark.measured_models import write_showo
from espalier_torch.benchmark.plain_trainer import PlainTrainer, ShowoRows
from espalier_torch.benchmark.timed_loops import LEARNING_RATE
from espalier_torch.checkpoints.resumable_run import work_folder
from espalier_torch.data.pairs import read_pairs
from espalier_torch.distributed.processes import Processes
from espalier_torch.families.showo.magvit import Magvit, MagvitConfig
from espalier_torch.families.showo.model import ShowoConfig, load_showo
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import Stop
from espalier_torch.training.loop import one_step
from espalier_torch.training.opening import opened
from espalier_torch.training.reference.opening import open_reference
from espalier_torch.training.warming import warm_up

WARMED = 2
"""Steps before those that are timed."""


@dataclass(frozen=True)
class Material:
    """Models of one size in a folder, with pairs to train on.

    config, magvit: sizes. batch: pairs a step. steps: timed.
    """

    folder: Path
    config: ShowoConfig
    magvit: MagvitConfig
    device: torch.device
    batch: int
    steps: int


@dataclass(frozen=True)
class Loop:
    """Pairs a second, and memory in bytes."""

    pairs_per_second: float
    bytes: float


@contextlib.contextmanager
def material(
    config: ShowoConfig, magvit: MagvitConfig, device: torch.device, batch: int, steps: int
) -> Iterator[Material]:
    """A folder with a generator and pairs, for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        write_showo(Path(folder), 2 * batch, config, device.type)
        yield Material(Path(folder), config, magvit, device, batch, steps)


def plain_loop(given: Material) -> Loop:
    """The released trainer's way: images encoded at every step, autocast on a GPU, transformers' own activation."""
    torch.manual_seed(0)
    with Memory(given.device) as memory:
        model, device = load_showo(given.folder / "generator")[0].to(given.device), given.device
        rows = ShowoRows(model, Magvit(given.magvit).eval().to(device))
        trainer = PlainTrainer(model, rows, 0.1, LEARNING_RATE, dropout=0.1)
        text = read_pairs([given.folder / "pairs.arrow"]).text[: given.batch].to(device)
        side = round(given.config.layout.image_tokens**0.5) * given.magvit.pixels_a_token
        sides = [torch.randint(256, (given.batch, side, side, 3), dtype=torch.uint8, device=device) for _ in range(2)]

        def step() -> None:
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
                trainer.step(text, *sides)

        speed = timed(step, given)
        memory.take(step, trainer.model, trainer.reference)
    return Loop(speed, memory.bytes)


def our_loop(given: Material, adapter: bool = False, compiled: bool = False) -> Loop:
    """Ours, with the reference measured before, as every run but the first of a pair set finds it."""
    device = given.device
    with Memory(device) as memory, tempfile.TemporaryDirectory() as out:
        state = opened(our_request(given, out, adapter, compiled), work_folder(Path(out), None), Processes(device))
        told: list[dict] = []
        warm_up(state, told.append)
        print(*[one for one in told if one["event"] == "compile-end"], file=sys.stderr)
        reference = open_reference(state, told.append, Stop())
        state.step = 1  # the first step measures token metrics

        def step() -> None:
            one_step(state, reference)
            state.step = 1

        speed = timed(step, given)
        memory.take(step, state.model)
    return Loop(speed, memory.bytes)


def our_request(given: Material, out: str, adapter: bool, compiled: bool) -> TrainRequest:
    """As many masks and pairs as the plain loop takes; all else is the default."""
    return build(
        TrainRequest,
        {
            "pairs": str(given.folder / "pairs.arrow"),
            "generator": str(given.folder / "generator"),
            "out": f"{out}/out",
            "steps": 10**4,
            "batch_pairs": given.batch,
            "learning_rate": LEARNING_RATE,
            "masks": {"policy": "random", "draws": 1, "tables": 1},
            "caption_dropout": 0.1,
            "metrics_every": 10**6,
            "device": given.device.type,
            "precision": "bf16" if given.device.type == "cuda" else "fp32",
            "adapter": {} if adapter else None,
            "compile": "auto" if compiled else "never",
        },
    )


def timed(step: Callable[[], None], given: Material) -> float:
    """Pairs a second over the timed steps, the device's queue empty before and after."""
    for _ in range(WARMED):
        step()
    synchronise(given.device)
    started = time.perf_counter()
    for _ in range(given.steps):
        step()
    synchronise(given.device)
    return given.steps * given.batch / (time.perf_counter() - started)


def synchronise(device: torch.device) -> None:
    """Waits for the device."""
    if device.type == "cuda":
        torch.cuda.synchronize()


class Memory:
    """The most memory that is taken while the context lasts: `bytes`, once it was taken."""

    def __init__(self, device: torch.device):
        self.device, self.bytes = device, 0.0

    def __enter__(self) -> "Memory":
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        return self

    def take(self, step: Callable[[], None], *models: nn.Module) -> None:
        """On a GPU the peak so far; on a CPU the models, and what one more step keeps for its gradient."""
        if self.device.type == "cuda":
            self.bytes = torch.cuda.max_memory_allocated()
            return
        every = [one for model in models for one in model.parameters()]
        own = {one.untyped_storage().data_ptr() for one in every}
        kept: dict[int, int] = {}

        def keep(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in own:
                kept[storage.data_ptr()] = storage.nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            step()
        weights = sum(one.numel() * one.element_size() * (4 if one.requires_grad else 1) for one in every)
        self.bytes = weights + sum(kept.values())

    def __exit__(self, *fault: object) -> None:
        """Nothing: what the context held is let go by its owner."""
