"""DPO on Janus-Pro: exact likelihoods, no reward before the first step, a gradient that leads, LoRA, resume."""

from pathlib import Path

import pytest
import torch
from conftest import StopAfter, steps_of
from janus_requests import janus_requests
from safetensors.torch import load_file

from espalier_torch.data.pairs import read_pairs
from espalier_torch.families.janus import family
from espalier_torch.families.janus.checkpoint import load_janus
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import Stopped


@pytest.fixture
def request_for(tmp_path: Path):
    return janus_requests(tmp_path)


def test_both_images_of_a_pair_share_their_caption_and_its_gradient(request_for):
    raw = request_for(caption_dropout=0.5)
    model, _ = load_janus(raw["generator"])
    objective = family.objective(build(TrainRequest, raw), model.config, torch.device("cpu"))
    rows = objective.rows(read_pairs([raw["pairs"]]), torch.arange(8), 0)
    assert 0 < rows.dropped.sum() < 8
    weights = [one for one in model.parameters() if one.requires_grad]
    found, gradients = [], []
    for shared, recompute in ((True, False), (False, False), (True, True), (False, True)):
        model.shares_text, model.recompute = shared, recompute
        found.append(objective.log_likelihoods(model, rows))
        gradients.append(torch.autograd.grad((found[-1].chosen - found[-1].rejected).sum(), weights))
    for other, others in zip(found[1:], gradients[1:], strict=True):
        torch.testing.assert_close(other.chosen, found[0].chosen, atol=1e-3, rtol=0)
        for one, another in zip(gradients[0], others, strict=True):
            torch.testing.assert_close(another, one, atol=2e-2, rtol=1e-3)


def test_training_starts_at_no_reward_and_prefers_the_chosen(request_for, trained):
    raw = request_for(adapter=None, steps=10, batch_pairs=8, learning_rate=3e-3, caption_dropout=0)
    record, events = trained(raw)
    steps = steps_of(events)
    assert steps[0]["rewards/margins"] == 0 and steps[0]["rewards/chosen"] == 0 and steps[0]["grad_norm"] > 1e-3
    assert steps[-1]["rewards/margins"] > 0.5 and steps[-1]["rewards/accuracies"] == 1
    assert record["family"] == "janus-pro"
    start, end = (
        load_file(Path(raw["generator"]) / "model.safetensors"),
        load_file(Path(raw["out"]) / "generator.safetensors"),
    )
    assert set(start) == set(end)
    kept = {name for name in start if torch.equal(start[name], end[name])}
    assert {name.split(".")[1] for name in kept if name != "lm_head.weight"} >= {"vision_model", "aligner", "vqmodel"}
    assert "lm_head.weight" in kept and not any("language_model.layers" in name and "proj" in name for name in kept)


def test_an_adapter_lies_in_the_language_model_alone(request_for, trained):
    raw = request_for(sample_every=3)
    record, events = trained(raw)
    assert steps_of(events)[0]["rewards/margins"] == 0 < steps_of(events)[-1]["rewards/margins"]
    adapter = load_file(Path(raw["out"]) / "adapter_model.safetensors")
    assert adapter and all("language_model.layers" in name for name in adapter)
    assert load_janus(raw["out"])[1]["identity"] == record["identity"]
    second, _ = trained(request_for("second", generator=raw["out"], steps=1))
    assert second["parents"] == [record["identity"]]


def test_a_stopped_run_goes_on_exactly(request_for, trained):
    unbroken, _ = trained(request_for("unbroken"))
    raw = request_for("stopped")
    with pytest.raises(Stopped):
        trained(raw, StopAfter(2))
    resumed, events = trained(raw)
    assert events[0]["step"] == 3
    assert resumed["identity"] == unbroken["identity"]


def test_a_guide_is_refused(request_for, trained, tmp_path: Path):
    with pytest.raises(RequestError, match="leave guidance out"):
        trained(request_for(guidance={"judge": str(tmp_path / "judge")}))
