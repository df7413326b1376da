"""DPO on LlamaGen: exact likelihoods, an implicit reward of 0 before the first step, a gradient that leads, resume."""

from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import StopAfter, steps_of
from llamagen_requests import llamagen_requests
from safetensors.torch import load_file

from espalier_torch.data.pairs import read_pairs
from espalier_torch.families.llamagen import family
from espalier_torch.families.llamagen.checkpoint import load_llamagen
from espalier_torch.objective.next_token import NextTokens
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import Stopped


@pytest.fixture
def request_for(tmp_path: Path):
    return llamagen_requests(tmp_path)


def objective_of(raw: dict[str, Any]) -> NextTokens:
    request = build(TrainRequest, raw)
    return family.objective(request, load_llamagen(raw["generator"])[0].config, torch.device("cpu"))


def test_likelihoods_are_exact_and_shared_captions_change_nothing(request_for):
    raw = request_for()
    objective, pairs = objective_of(raw), read_pairs([raw["pairs"]])
    model, _ = load_llamagen(raw["generator"])
    rows = objective.rows(pairs, torch.arange(4), 0)
    together = objective.log_likelihoods(model, rows)
    assert together.chosen_lengths.tolist() == [16] * 4
    weights = [one for name, one in model.named_parameters() if "cls_embedding" not in name]
    gradients = [torch.autograd.grad((together.chosen - together.rejected).sum(), weights)]
    model.shares_text = False
    apart = objective.log_likelihoods(model, rows)
    gradients.append(torch.autograd.grad((apart.chosen - apart.rejected).sum(), weights))
    torch.testing.assert_close(apart.chosen, together.chosen, atol=1e-4, rtol=0)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)
    captions = objective.captions(rows.text)
    for index in range(4):
        own = type(captions)(*(one[index : index + 1] for one in captions))
        with torch.no_grad():
            logits = model.image_logits(own, rows.dropped[index, None], rows.chosen[index, None], torch.tensor([0]))
        expected = logits[0].log_softmax(-1).gather(-1, rows.chosen[index, :, None]).sum()
        torch.testing.assert_close(together.chosen[index], expected, atol=1e-4, rtol=0)


def test_captions_are_dropped_from_both_images_and_in_no_validation(request_for):
    raw = request_for(caption_dropout=0.5)
    objective, pairs = objective_of(raw), read_pairs([raw["pairs"]])
    model, _ = load_llamagen(raw["generator"])
    every = torch.arange(len(pairs))
    tables = torch.stack([objective.rows(pairs, every, table).dropped for table in range(20)])
    assert 0.35 < tables.float().mean() < 0.65 and not torch.equal(tables[0], tables[1])
    assert torch.equal(objective.rows(pairs, every[3:], 4).dropped, tables[4, 3:])
    assert not objective.without_dropout().rows(pairs, every, 0).dropped.any()
    with torch.no_grad():
        found, plain = (
            one.log_likelihoods(model, one.rows(pairs, every, 0)) for one in (objective, objective.without_dropout())
        )
    assert torch.equal((found.chosen - plain.chosen).abs() > 1e-3, tables[0])


def test_training_starts_at_no_reward_and_prefers_the_chosen(request_for, trained):
    record, events = trained(request_for(steps=12, batch_pairs=8, caption_dropout=0, learning_rate=3e-3))
    steps = steps_of(events)
    assert steps[0]["rewards/margins"] == 0 and steps[0]["rewards/chosen"] == 0 and steps[0]["grad_norm"] > 1e-3
    assert steps[-1]["rewards/margins"] > 0.5 and steps[-1]["rewards/accuracies"] == 1
    assert record["family"] == "llamagen"


def test_lora_is_merged_into_weights_of_the_released_names(request_for, trained):
    raw = request_for(adapter={"rank": 4}, learning_rate=1e-2, sample_every=3)
    record, events = trained(raw)
    assert steps_of(events)[0]["rewards/margins"] == 0 < steps_of(events)[-1]["rewards/margins"]
    assert any(event["event"].startswith("sample") for event in events)
    out = Path(raw["out"])
    start, end = load_file(Path(raw["generator"]) / "model.safetensors"), load_file(out / "generator.safetensors")
    assert set(end) == set(start)
    changed = {name for name in start if not torch.equal(start[name], end[name])}
    assert changed and all(".attention.w" in name or ".feed_forward." in name for name in changed)
    assert load_llamagen(out)[1]["identity"] == record["identity"]
    second, _ = trained(request_for("second", generator=str(out), steps=2))
    assert second["parents"] == [record["identity"]]


def test_a_stopped_run_goes_on_exactly(request_for, trained):
    unbroken, _ = trained(request_for("unbroken"))
    raw = request_for("stopped")
    with pytest.raises(Stopped):
        trained(raw, StopAfter(2))
    resumed, events = trained(raw)
    assert events[0]["step"] == 3
    assert resumed["identity"] == unbroken["identity"]


def test_recomputed_activations_change_nothing(request_for, trained):
    weights = []
    for name, recompute in (("kept", False), ("again", True)):
        raw = request_for(name, recompute_activations=recompute, steps=2)
        trained(raw)
        weights.append(load_file(Path(raw["out"]) / "generator.safetensors"))
    for name, tensor in weights[0].items():
        torch.testing.assert_close(weights[1][name], tensor, atol=1e-6, rtol=0)


def test_what_does_not_fit_is_refused(request_for, trained, tmp_path: Path):
    with pytest.raises(RequestError, match="leave guidance out"):
        trained(request_for(guidance={"judge": str(tmp_path / "judge")}))
    with pytest.raises(RequestError, match="text_encoder"):
        trained(request_for(text_encoder=None))
    with pytest.raises(RequestError, match="Expected the T5"):
        trained(request_for(text_encoder=str(tmp_path / "llamagen")))
