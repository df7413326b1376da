"""A training that an earlier version left half done goes on where it stopped.

The states were written before requests had sections; their fingerprints are known by what they hold, not by names.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY, of_kind, steps_of

from espalier_torch.judge_training.run import train_judge
from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.protocol.reading import build
from espalier_torch.runtime.stopping import Stop

EARLIER = REPOSITORY / "test" / "fixtures" / "earlier-training"


@pytest.fixture(autouse=True)
def half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(EARLIER, tmp_path / "earlier")
    monkeypatch.chdir(tmp_path / "earlier")


def test_dpo_with_an_average_and_the_best_weights_goes_on(trained):
    raw = {
        "pairs": ["pairs.arrow"], "generator": "base", "out": "dpo", "threads": 1, "steps": 7, "batch_pairs": 8,
        "learning_rate": 1e-3, "checkpoint_every": 2, "keep_checkpoints": 1, "average_decay": 0.5,
        "held_out": {"share": 0.3, "every": 2, "keep": "best"}, "caption_dropout": 0.2, "masks": {"policy": "random"},
        "sample_prompts": 6,
    }  # fmt: skip
    record, events = trained(raw)
    (start,) = of_kind(events, "train-start")
    assert start["step"] == 4
    assert start["fingerprint"].startswith("81bd16bd3d20f4b8")
    assert [event["step"] for event in steps_of(events)] == [5, 6, 7]
    assert record["training"]["kept"]["step"] in (2, 4, 6, 7)


def test_a_judge_goes_on():
    fields = {
        "samples": ["samples.arrow"], "generator": "base", "out": "judge", "threads": 1, "steps": 6, "batch": 16,
        "checkpoint_every": 2, "keep_checkpoints": 1, "average_decay": 0.0,
    }  # fmt: skip
    events: list[dict[str, Any]] = []
    train_judge(build(JudgeTrainRequest, fields), events.append, Stop())
    (start,) = of_kind(events, "judge-start")
    assert start["step"] == 3
    assert start["fingerprint"].startswith("327cbe3cea5337fd")
    assert [event["step"] for event in of_kind(events, "judge-step-end")] == [4, 5, 6]
