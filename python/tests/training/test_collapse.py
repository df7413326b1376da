"""A training that ruins its model says so, whatever its loss says."""

import json
import subprocess
from pathlib import Path

import pytest

from espalier_torch.runtime.stopping import TrainingFailed


@pytest.mark.parametrize("steps", [1, 6])
def test_a_learning_rate_far_too_high_is_told(request_of, trained, steps: int):
    raw = request_of(steps=steps, learning_rate=1e6, warmup_share=0.0, maximum_gradient_norm=1e6)
    with pytest.raises(TrainingFailed, match=r"(collapsed|explodes|finite).*Lower learning_rate \(it is 1e\+06\)"):
        trained(raw)
    assert not Path(raw["out"]).exists()


def test_the_worker_tells_it_in_a_sentence_and_keeps_no_ruined_state(request_of, worker: list[str]):
    raw = request_of(steps=8, learning_rate=1e6, warmup_share=0.0, checkpoint_every=1)
    told = subprocess.run(worker, input=json.dumps(raw) + "\n", capture_output=True, text=True, check=False)
    last = json.loads(told.stdout.splitlines()[-1])
    assert (told.returncode, last["event"], last["type"]) == (1, "error", "TrainingFailed")
    assert "No checkpoint was saved before" in last["message"]
    assert "Traceback" not in told.stderr
    assert not list(Path(raw["out"] + ".work").glob("step-*"))
