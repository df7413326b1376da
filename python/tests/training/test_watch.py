"""Held-out pairs, the best checkpoint, early ends, sample images, and exact resume of all of it."""

import json
from pathlib import Path

import pytest
import torch
from conftest import StopAfter, of_kind, steps_of, tiny_judge, write_pairs

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.data.pair_subsets import split_by_caption
from espalier_torch.data.pairs import read_pairs
from espalier_torch.families.bundled.generator import load_generator
from espalier_torch.runtime.stopping import Stopped, TrainingFailed


def test_a_run_with_everything_resumes_exactly(request_of, trained, tmp_path):
    asked = {"questions": ["outcome"]}
    write_checkpoint(tmp_path / "judge", "judge", tiny_judge(), exports=[], parents=[], training={}, extra=asked)
    raw = {
        "steps": 10, "average_decay": 0.9, "reference_sync": {"every": 3},
        "losses": {"bco_pair_centred": 1.0, "sigmoid": 1.0},
        "held_out": {"share": 0.2, "every": 4, "keep": "best"}, "sampler": {"steps": 3}, "checkpoint_every": 4,
        "guidance": {"judge": str(tmp_path / "judge"), "prompts": 3}, "sample_every": 5, "masks": {"antithetic": True},
    }  # fmt: skip
    unbroken, whole = trained(request_of("unbroken", **raw))
    for steps in (3, 4):
        with pytest.raises(Stopped):
            trained(request_of("broken", **raw), StopAfter(steps))
    broken, events = trained(request_of("broken", **raw))
    assert steps_of(events)[0]["step"] > 1
    logged = Path(request_of("broken")["out"]) / "events.jsonl"
    expected = [event["loss"] for event in steps_of(whole)]
    found = [json.loads(line) for line in logged.read_text().splitlines()]
    assert [event["loss"] for event in steps_of(found)] == expected
    assert [event["eval_loss"] for event in of_kind(found, "validation-end")] == [
        event["eval_loss"] for event in of_kind(whole, "validation-end")
    ]
    assert broken["identity"] == unbroken["identity"]


def test_a_reference_replaced_after_every_step_gives_rewards_of_0(request_of, trained):
    _, hard = trained(request_of("hard", steps=5, reference_sync={"every": 1, "mixup": 1.0}))
    assert [step["rewards/margins"] for step in steps_of(hard)] == [0] * 5
    _, soft = trained(request_of("soft", steps=5, reference_sync={"every": 1, "mixup": 0.5}))
    _, frozen = trained(request_of("frozen", steps=5))
    assert 0 < steps_of(soft)[-1]["rewards/margins"] < steps_of(frozen)[-1]["rewards/margins"]


def test_the_best_checkpoint_is_kept_and_patience_ends_the_run(request_of, trained):
    raw = {"held_out": {"share": 0.3, "every": 2, "patience": 2, "keep": "best"}, "epochs": 40}
    record, events = trained(request_of("best", **raw, learning_rate=0.02))
    validations = of_kind(events, "validation-end")
    assert validations[-1]["stops"]
    best = record["training"]["kept"]
    assert best["accuracy"] == max(event["eval_rewards/accuracies"] for event in validations)
    assert validations[-1]["step"] == steps_of(events)[-1]["step"] == best["step"] + 4
    until, _ = trained(request_of("until", held_out={"share": 0.3, "keep": "last"}, epochs=40, learning_rate=0.02))
    assert until["identity"] != record["identity"]


def test_validations_say_where_the_implicit_rewards_lie(request_of, trained):
    _, events = trained(request_of(steps=4, held_out={"share": 0.3, "every": 4}))
    (event,) = of_kind(events, "validation-end")
    assert sum(event["histogram"]["chosen"]) == sum(event["histogram"]["rejected"]) == event["pairs"] > 3
    assert len(event["histogram"]["edges"]) == len(event["histogram"]["chosen"]) + 1
    counts = {name: task["pairs"] for name, task in event["tasks"].items()}
    assert set(counts) == {"counting", "colors"}
    assert sum(counts.values()) == event["pairs"]
    whole = sum(task["rewards/margins"] * task["pairs"] for task in event["tasks"].values()) / event["pairs"]
    assert whole == pytest.approx(event["eval_rewards/margins"])


def test_metrics_have_the_names_of_trl(request_of, trained):
    _, events = trained(request_of(steps=3, metrics_every=2))
    measured = [{"entropy", "mean_token_accuracy", "logits/chosen", "logits/rejected"} <= set(one) for one in
                steps_of(events)]  # fmt: skip
    assert measured == [True, False, True]
    assert 0 < steps_of(events)[0]["entropy"] < torch.log(torch.tensor(24.0))


def test_sample_images_are_of_the_same_captions(request_of, trained):
    _, events = trained(request_of(steps=4, sample_every=2, sample_prompts=3, sampler={"steps": 3}, learning_rate=0.02))
    drawn = of_kind(events, "samples-end")
    assert [event["step"] for event in drawn] == [0, 2, 4]
    assert drawn[0]["text"] == drawn[2]["text"]
    assert len(drawn[0]["tokens"]) == 3
    assert drawn[0]["tokens"] != drawn[2]["tokens"]


def test_a_run_that_diverges_ends_with_its_last_good_checkpoint(request_of, trained):
    raw = {"learning_rate": 0.3, "warmup_share": 0.0, "losses": {"ipo_unnormalised": 1.0}, "checkpoint_every": 1}
    with pytest.raises(TrainingFailed, match=r"diverged.*The last good checkpoint is"):
        trained(request_of(**raw, epochs=20, maximum_gradient_norm=1e6))


def test_no_caption_is_both_trained_on_and_held_out(tmp_path):
    pairs = read_pairs([write_pairs(tmp_path / "pairs.arrow", count=40)])
    pairs.text[:20] = pairs.text[20:]
    kept, out = split_by_caption(pairs, 0.25)
    assert len(kept) + len(out) == 40
    assert len(out) == 10
    captions = [{tuple(row) for row in part.text.tolist()} for part in (kept, out)]
    assert not captions[0] & captions[1]
    with pytest.raises(ValueError, match="leaves no pair to hold out"):
        split_by_caption(pairs, 0.001)


def test_an_unknown_tracker_is_refused_with_what_there_is(request_of, trained):
    with pytest.raises(ValueError, match="trackers names nowhere, but here accelerate finds"):
        trained(request_of(trackers=["nowhere"]))
    assert not Path(request_of()["out"]).exists()
    assert load_generator(request_of()["generator"])


def test_only_the_newest_states_are_kept(request_of, trained):
    raw = request_of(steps=8, checkpoint_every=1, keep_checkpoints=3)
    with pytest.raises(Stopped):
        trained(raw, StopAfter(5))
    states = sorted(path.name for path in Path(raw["out"] + ".work").glob("step-*"))
    assert states == ["step-000004", "step-000005", "step-000006"]


def test_a_tracker_gets_the_metrics(request_of, trained):
    raw = request_of(steps=2, trackers=["tensorboard"])
    trained(raw)
    logs = [file.read_bytes() for file in Path(raw["out"] + ".work").rglob("events.out.tfevents*")]
    assert any(b"rewards/margins" in log and b"logps/chosen" in log for log in logs)
