"""Training learns, starts at an implicit reward of 0, writes a whole checkpoint, and stops before it breaks."""

import json
import math
import os
import stat
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.families.bundled.generator import Generator, load_generator
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.files import sha256_of
from espalier_torch.runtime.stopping import Stop, TrainingFailed
from espalier_torch.training import gradients
from espalier_torch.training.optimizer import learning_rate_at
from espalier_torch.training.reference import table as reference_module
from espalier_torch.training.run import train

from conftest import tiny_generator, write_pairs  # isort: skip


def run(raw: dict, stop: Stop | None = None) -> tuple[dict, list[dict]]:
    events: list[dict] = []
    fields = {name: value for name, value in raw.items() if name != "request"}
    record = train(build(TrainRequest, fields), events.append, stop or Stop())
    return record, events


def steps_of(events: list[dict]) -> list[dict]:
    return [event for event in events if event["event"] == "step-end"]


@pytest.mark.parametrize("policy", ["random", "high-ratio", "own-path"])
def test_the_margin_between_chosen_and_rejected_rises(request_of, policy):
    _, events = run(request_of(epochs=12, learning_rate=3e-3, masks={"policy": policy}))
    steps = steps_of(events)
    assert steps[0]["rewards/margins"] == 0
    assert steps[0]["loss"] == pytest.approx(math.log(2))
    last_epoch = steps[-4:]
    assert sum(step["rewards/margins"] for step in last_epoch) / 4 > 1
    assert sum(step["rewards/accuracies"] for step in last_epoch) / 4 > 0.9
    assert max(step["loss"] for step in last_epoch) < math.log(2) / 2


def test_the_result_is_a_whole_checkpoint(request_of, base):
    record, events = run(request_of(reference_policy="base", round=1))
    out = Path(request_of()["out"])
    assert record == json.loads((out / "checkpoint.json").read_text())
    assert record["identity"] == sha256_of(out / "generator.safetensors")
    assert set(record["files"]) == {"generator.safetensors", "generator.onnx", "events.jsonl"}
    for name, digest in record["files"].items():
        assert sha256_of(out / name) == digest
    parent = json.loads((base / "checkpoint.json").read_text())["identity"]
    assert record["parents"] == [parent]
    assert record["training"]["reference"] == {"policy": "base", "identity": parent}
    assert record["training"]["pairs"]["count"] == 32
    assert record["training"]["round"] == 1
    assert record["name"] == "out"
    umask = os.umask(0o077)
    os.umask(umask)
    written = [file for place in (out, Path(f"{out}.work")) for file in place.rglob("*.*") if file.is_file()]
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in written}
    assert len(modes) >= 5
    assert set(modes.values()) == {0o666 & ~umask}, modes
    model, _ = load_generator(out)
    assert not torch.equal(model.out.weight, tiny_generator().out.weight)
    logged = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    assert steps_of(logged) == steps_of(events)
    assert not list(out.parent.glob(".*partial*"))


def test_asking_again_for_a_finished_run_trains_nothing(request_of):
    first, _ = run(request_of())
    second, events = run(request_of())
    assert second == first
    assert [event["event"] for event in events] == ["train-end"]
    with pytest.raises(RequestError, match="already holds another checkpoint"):
        run(request_of(learning_rate=2e-3))


def test_a_folder_with_other_files_is_left_alone(request_of, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    with pytest.raises(RequestError, match="holds files that are no checkpoint"):
        run(request_of("taken"))


def test_the_reference_is_computed_once_for_many_runs(request_of, tmp_path):
    cache = str(tmp_path / "cache")
    _, first = run(request_of("a", cache=cache))
    _, second = run(request_of("b", cache=cache, beta=0.3))
    assert [event["cached"] for event in [*first, *second] if event["event"] == "reference-start"] == [False, True]
    _, third = run(request_of("c", cache=cache, mask_seed=9))
    assert [event["cached"] for event in third if event["event"] == "reference-start"] == [False]


def test_a_reference_measured_unlike_the_policy_is_refused(request_of, monkeypatch):
    plain = reference_module.computed

    def shifted(*arguments):
        found = plain(*arguments)
        return {**found, "chosen": found["chosen"] + 1e-3}

    monkeypatch.setattr(reference_module, "computed", shifted)
    with pytest.raises(TrainingFailed, match="expected exactly 0"):
        run(request_of())


def test_another_reference_gives_rewards_from_the_first_step(request_of, tmp_path):
    other = tmp_path / "other"
    write_checkpoint(other, "generator", tiny_generator(seed=3), exports=[], parents=[], training={})
    record, events = run(request_of(reference=str(other), reference_policy="fixed:other"))
    assert steps_of(events)[0]["rewards/margins"] != 0
    assert (
        record["training"]["reference"]["identity"] == json.loads((other / "checkpoint.json").read_text())["identity"]
    )


def test_a_lost_number_stops_the_run_and_keeps_the_last_checkpoint(request_of, monkeypatch):
    plain = gradients.combined_loss
    calls = []

    def poisoned(*arguments):
        calls.append(1)
        return plain(*arguments) * (float("nan") if len(calls) == 7 else 1)

    monkeypatch.setattr(gradients, "combined_loss", poisoned)
    with pytest.raises(TrainingFailed, match=r"after step 6 .*step-000004"):
        run(request_of())
    kept = load_file(Path(request_of()["out"] + ".work") / "step-000004" / "model.safetensors")
    assert all(torch.isfinite(tensor).all() for tensor in kept.values())
    assert not Path(request_of()["out"]).exists()


def test_the_average_of_the_weights_is_what_is_kept(request_of):
    run(request_of("plain"))
    run(request_of("average", average_decay=0.9))
    start = tiny_generator().out.weight
    plain, average = (load_generator(request_of(name)["out"])[0].out.weight for name in ["plain", "average"])
    assert 0 < (average - start).norm() < (plain - start).norm()


def test_caption_dropout_and_tag_balance_change_the_result(request_of):
    identities = {
        run(request_of(f"run{index}", **fields))[0]["identity"]
        for index, fields in enumerate([{}, {"caption_dropout": 0.5}, {"task_balance": 1.0}, {"losses": {"ipo": 1}}])
    }
    assert len(identities) == 4


def test_steps_cut_a_run_short_and_none_leaves_the_weights_alone(request_of, base):
    _, events = run(request_of("five", steps=5))
    assert [event["step"] for event in steps_of(events)] == [1, 2, 3, 4, 5]
    record, _ = run(request_of("none", steps=0))
    assert record["identity"] == json.loads((base / "checkpoint.json").read_text())["identity"]


def test_the_learning_rate_rises_then_falls_to_nothing():
    request = build(TrainRequest, {"pairs": "", "generator": "", "out": "", "learning_rate": 1.0, "warmup_share": 0.1})
    rates = [learning_rate_at(step, 100, request) for step in range(100)]
    assert rates[:10] == sorted(rates[:10])
    assert max(rates) == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 1e-3


def test_pairs_of_another_model_are_refused(request_of, tmp_path):
    small = tmp_path / "small"
    model = Generator(type(tiny_generator().config)(20, codebook_size=16, code_width=4, width=16, layers=1, heads=2))
    write_checkpoint(small, "generator", model, exports=[], parents=[], training={})
    with pytest.raises(RequestError, match="the codebook ends at 15"):
        run(request_of(generator=str(small)))


def test_several_pair_files_are_one_set(request_of, tmp_path):
    one, two = (str(write_pairs(tmp_path / f"{seed}.arrow", count=6, seed=seed)) for seed in [1, 2])
    record, _ = run(request_of("both", pairs=[one, two]))
    assert record["training"]["pairs"]["count"] == 12
    other, _ = run(request_of("turned", pairs=[two, one]))
    assert other["training"]["pairs"]["sha256"] != record["training"]["pairs"]["sha256"]


def test_steps_may_take_more_epochs_than_mask_tables(request_of):
    _, events = run(request_of(steps=11, masks={"tables": 2}))
    assert len(steps_of(events)) == 11  # epochs of 4 steps: tables 0, 1, 0
    assert [event["tables"] for event in events if event["event"] == "reference-start"] == [2]


@pytest.mark.parametrize("name", ["pairs", "generator", "reference"])
def test_a_missing_input_is_named(request_of, name):
    with pytest.raises(RequestError, match="nowhere"):
        run(request_of(**{name: "nowhere"}))


def test_a_cut_pair_file_is_refused(request_of):
    file = Path(request_of()["pairs"])
    file.write_bytes(file.read_bytes()[:900])
    with pytest.raises(RequestError, match="not a whole Arrow stream"):
        run(request_of())
