"""What makes training fast changes nothing: compiled layers, frozen weights in bfloat16, no waiting for the device."""

from pathlib import Path

import pytest
import torch
from conftest import curve, steps_of, tiny_generator
from safetensors.torch import load_file
from torch.utils._python_dispatch import TorchDispatchMode

from espalier_torch.checkpoints.resumable_run import work_folder
from espalier_torch.distributed.processes import Processes
from espalier_torch.families.bundled.generator import load_generator
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.training.adapter import add_adapter, halve_frozen
from espalier_torch.training.gradients import pair_gradients
from espalier_torch.training.opening import opened
from espalier_torch.training.reference.opening import open_reference

WAITS = {"aten::_local_scalar_dense", "aten::nonzero", "aten::_unique2", "aten::unique_dim", "aten::masked_select"}
"""Operations whose result the host needs before it can go on."""


class Seen(TorchDispatchMode):
    """Remembers the operations that run in it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names.add(func._schema.name)
        return func(*args, **(kwargs or {}))


def state_of(raw: dict):
    request = build(TrainRequest, {name: value for name, value in raw.items() if name != "request"})
    return opened(request, work_folder(Path(request.out), None), Processes(torch.device("cpu")))


def test_between_rows_and_gradient_nobody_waits_for_the_device(request_of, monkeypatch):
    state = state_of(request_of(steps=2))
    reference = open_reference(state, lambda event: None, type("Never", (), {"check": lambda self: None})())
    rows = type(state.objective).rows
    seen, drawing = Seen(), []

    def on_the_host(*arguments):
        drawing.append(seen.__exit__(None, None, None))
        found = rows(*arguments)
        seen.__enter__()
        return found

    monkeypatch.setattr(type(state.objective), "rows", on_the_host)
    with seen:
        pair_gradients(state, reference)
    assert drawing and "aten::index" in seen.names
    assert not seen.names & WAITS


def test_compiled_layers_give_the_curve_of_plain_ones(request_of, trained, monkeypatch):
    whole = torch.compile
    monkeypatch.setattr(torch, "compile", lambda function, dynamic: whole(function, dynamic=dynamic, backend="eager"))
    _, plain = trained(request_of("plain", steps=3))
    _, compiled = trained(request_of("compiled", steps=3, compile="always"))
    told = [event for event in compiled if event["event"] == "compile-end"]
    assert len(told) == 1 and told[0]["failed"] is None and told[0]["seconds"] > 0
    assert steps_of(compiled)[0]["rewards/margins"] == 0
    torch.testing.assert_close(curve(compiled), curve(plain), rtol=1e-4, atol=1e-5)
    assert not [event for event in plain if event["event"] == "compile-end"]


def test_layers_that_cannot_be_compiled_are_told(request_of, trained, monkeypatch):
    def broken(graph, inputs):
        raise OSError("no compiler")

    whole = torch.compile
    monkeypatch.setattr(torch, "compile", lambda function, dynamic: whole(function, dynamic=dynamic, backend=broken))
    with pytest.raises(RequestError, match=r"'always', but the layers cannot be compiled.*no compiler"):
        trained(request_of(steps=1, compile="always"))


def test_frozen_weights_in_bfloat16_change_no_bit(request_of):
    state = state_of(request_of(precision="bf16", adapter={"rank": 4}))
    assert state.halved and {one.dtype for one in state.model.parameters()} == {torch.float32, torch.bfloat16}
    plain = tiny_generator()
    add_adapter(plain, state.request.adapter, state.request.seed)
    halved = state.model
    text, tokens = torch.ones(2, 8, dtype=torch.int64), torch.arange(128).view(2, 64) % 24
    for model in (plain, halved):
        for name, one in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(one, std=0.3, generator=torch.Generator().manual_seed(1))
    with torch.autocast("cpu", torch.bfloat16):
        found = [model(text, tokens) for model in (plain, halved)]
        wanted = [[one for name, one in model.named_parameters() if "lora_" in name] for model in (plain, halved)]
        losses = [one.float().logsumexp(-1).sum() for one in found]
        gradients = [torch.autograd.grad(*one) for one in zip(losses, wanted, strict=True)]
    assert torch.equal(*found)
    assert len(gradients[0]) > 4 and all(torch.equal(*pair) for pair in zip(*gradients, strict=True))


def test_an_adapter_trained_beside_halved_weights_leaves_them_unrounded(request_of, trained):
    raw = request_of(
        precision="bf16", adapter={"rank": 4}, steps=3, learning_rate=1e-2, metrics_every=1, sample_every=2
    )
    _, events = trained(raw)
    assert steps_of(events)[0]["rewards/margins"] == 0 and "entropy" in steps_of(events)[0]
    start, end = tiny_generator().state_dict(), load_generator(raw["out"])[0].state_dict()
    same = {name for name in start if torch.equal(start[name], end[name])}
    assert same and all(name.startswith("blocks.") for name in start.keys() - same)
    adapter = load_file(Path(raw["out"]) / "adapter_model.safetensors")
    assert all(one.dtype == torch.float32 for one in adapter.values())


def test_halving_leaves_a_model_without_an_adapter_as_it_is():
    model = tiny_generator()
    halve_frozen(model)
    assert {one.dtype for one in model.parameters()} == {torch.float32}
