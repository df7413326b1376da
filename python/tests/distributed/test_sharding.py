"""Weights shared among processes train as whole ones do, resume, and come out whole."""

import pytest
import torch
from conftest import StopAfter, curve, of_kind, steps_of
from safetensors.torch import load_file

from espalier_torch.protocol.fields import RequestError
from espalier_torch.runtime.stopping import Stopped

EVERYTHING = {
    "steps": 5, "batch_pairs": 7, "micro_pairs": 2, "losses": {"sigmoid": 1.0, "sft": 0.5}, "average_decay": 0.5,
    "held_out": {"share": 0.2, "every": 2, "keep": "best"}, "sample_every": 5, "sampler": {"steps": 2},
    "sample_prompts": 2, "recompute_activations": True, "metrics_every": 1,
}  # fmt: skip
"""Batches of 7 in pieces of 2: one process has fewer rows than the other."""


def test_shared_weights_give_the_curve_of_whole_ones(request_of, trained):
    _, one = trained(request_of("one", **EVERYTHING))
    _, two = trained(request_of("two", **EVERYTHING, processes=2, sharding="full"))
    assert steps_of(two)[0]["rewards/margins"] == 0
    torch.testing.assert_close(curve(two), curve(one), rtol=1e-4, atol=1e-5)
    evaluated = [[event["eval_loss"] for event in of_kind(events, "validation-end")] for events in (one, two)]
    assert evaluated[1] == pytest.approx(evaluated[0], rel=1e-4)
    assert len(of_kind(two, "samples-end")) == 2
    whole, shared = (load_file(f"{request_of(name)['out']}/generator.safetensors") for name in ("one", "two"))
    assert whole.keys() == shared.keys()
    del whole["out_codes.bias"]  # adds the same to every logit, so its gradient is rounding alone
    for name, tensor in whole.items():
        torch.testing.assert_close(shared[name], tensor, rtol=1e-3, atol=1e-4)


def test_a_stopped_run_of_shared_weights_goes_on_exactly(request_of, trained):
    raw = {"steps": 5, "processes": 2, "sharding": "full", "reference_sync": {"every": 2}, "average_decay": 0.9}
    unbroken, whole = trained(request_of("unbroken", **raw))
    with pytest.raises(Stopped):
        trained(request_of("broken", **raw), StopAfter(2))
    broken, events = trained(request_of("broken", **raw))
    left = steps_of(events)
    assert 1 < left[0]["step"] < 5
    assert [event["loss"] for event in left] == [event["loss"] for event in steps_of(whole)[-len(left) :]]
    assert broken["identity"] == unbroken["identity"]


def test_show_o_is_shared_with_its_adapter(showo_request, trained):
    _, one = trained(showo_request("one", steps=3))
    record, two = trained(showo_request("two", steps=3, processes=2, sharding="full"))
    torch.testing.assert_close(curve(two), curve(one), rtol=1e-4, atol=1e-5)
    assert "adapter_model.safetensors" in record["files"]


def test_what_cannot_be_shared_is_refused_before_anything_runs(request_of, trained, tmp_path):
    with pytest.raises(RequestError, match="shares the weights among processes, but processes is 1"):
        trained(request_of(sharding="full"))
    with pytest.raises(RequestError, match="sharding 'full' goes without guidance"):
        trained(request_of(sharding="full", processes=2, guidance={"judge": str(tmp_path)}))
