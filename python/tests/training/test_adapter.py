"""LoRA: the weights below stay, the result is merged, and a next round merges or carries on by choice."""

import json
from pathlib import Path

import pytest
import torch
from conftest import StopAfter, steps_of, tiny_generator
from peft import PeftModel
from safetensors.torch import load_file

from espalier_torch.families.bundled.generator import load_generator
from espalier_torch.protocol.fields import RequestError
from espalier_torch.runtime.stopping import Stopped
from espalier_torch.training.reference import opening

LORA = {"adapter": {"rank": 4}, "learning_rate": 1e-2, "steps": 6}


@pytest.fixture
def first(request_of, trained):
    raw = request_of("first", **LORA)
    record, events = trained(raw)
    return raw["out"], record, events


def test_only_what_the_adapter_adds_differs_from_the_base(first):
    out, record, events = first
    assert steps_of(events)[0]["rewards/margins"] == 0
    assert steps_of(events)[-1]["rewards/margins"] > 0
    start, end = tiny_generator().state_dict(), load_generator(out)[0].state_dict()
    changed = {name for name in start if not torch.equal(start[name], end[name])}
    assert changed
    assert all(name.startswith("blocks.") and name.endswith("weight") for name in changed)
    assert record["adapter"]["base"] == record["parents"][0]
    assert set(record["files"]) == {
        "generator.safetensors", "adapter_model.safetensors", "adapter_config.json", "events.jsonl"
    }  # fmt: skip


def test_peft_opens_the_adapter_and_gives_the_same_images(first):
    out, _, _ = first
    text, tokens = torch.ones(2, 8, dtype=torch.int64), torch.zeros(2, 64, dtype=torch.int64)
    opened = PeftModel.from_pretrained(tiny_generator(), out).eval()
    with torch.no_grad():
        torch.testing.assert_close(opened(text, tokens), load_generator(out)[0](text, tokens), rtol=1e-4, atol=1e-4)


def test_a_fresh_adapter_starts_from_the_merged_weights(first, request_of, trained):
    record, events = trained(request_of("second", **LORA, generator=first[0]))
    assert steps_of(events)[0]["rewards/margins"] == 0
    assert record["adapter"]["base"] == first[1]["identity"]


def test_a_carried_adapter_goes_on_above_the_same_base(first, request_of, trained, base):
    carried = {"generator": first[0], "adapter_base": str(base)}
    record, events = trained(request_of("second", **LORA, **carried))
    assert steps_of(events)[0]["rewards/margins"] == 0
    assert record["adapter"]["base"] == first[1]["parents"][0]
    assert record["parents"] == [first[1]["identity"]]
    old, new = (
        load_file(Path(folder) / "adapter_model.safetensors") for folder in [first[0], record_folder(record, first)]
    )
    moved = sum((new[name] - old[name]).norm() for name in old)
    assert 0 < moved < sum(tensor.norm() for tensor in old.values())


def record_folder(record: dict, first) -> Path:
    return Path(first[0]).with_name(record["name"])


def test_an_adapter_that_does_not_fit_is_refused(first, request_of, trained, base):
    carried = {**LORA, "generator": first[0], "adapter_base": str(base)}
    with pytest.raises(RequestError, match="another rank"):
        trained(request_of("other", **{**carried, "adapter": {"rank": 2}}))
    with pytest.raises(RequestError, match="has no adapter on"):
        trained(request_of("other", **{**carried, "adapter_base": first[0]}))
    with pytest.raises(RequestError, match=r"adapter\.targets names q_proj"):
        trained(request_of("other", **{**LORA, "adapter": {"rank": 4, "targets": ["q_proj"]}}))
    assert json.loads((Path(first[0]) / "adapter_config.json").read_text())["r"] == 4


def test_the_policy_without_its_adapter_is_the_reference_of_a_resumed_run(request_of, trained, monkeypatch):
    def second_model(run):
        raise AssertionError("a second model was loaded")

    monkeypatch.setattr(opening, "reference_model", second_model)
    raw = {**LORA, "checkpoint_every": 2, "held_out": {"share": 0.3, "every": 3}}
    unbroken, whole = trained(request_of("unbroken", **raw))
    with pytest.raises(Stopped):
        trained(request_of("broken", **raw), StopAfter(3))
    for table in Path(request_of("broken")["out"] + ".work").glob("reference-*"):
        table.unlink()
    broken, events = trained(request_of("broken", **raw))
    assert [event["cached"] for event in events if event["event"] == "reference-start"] == [False, False]
    left = steps_of(events)
    assert 0 < len(left) < 6
    assert [event["loss"] for event in left] == [event["loss"] for event in steps_of(whole)[-len(left) :]]
    assert broken["identity"] == unbroken["identity"]
