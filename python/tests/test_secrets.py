"""Whoever starts a process of ours, its environment holds no token, password or key."""

import json
import os
import subprocess
import sys

SECRET = {
    "HF_TOKEN": "hf_abcdefghijklmnop",
    "WANDB_API_KEY": "0123456789abcdef",
    "DB_PASSWORD": "x",
    "INDEX": "https://ann:secret@host/simple",
    "HIDDEN": "ghp_abcdefghijklmnopqrstuvwx",
}
KEPT = {
    "RAY_AUTH_TOKEN": "ray",
    "TOKENIZERS_PARALLELISM": "false",
    "KEYBOARD": "de",
    "https_proxy": "http://ann:pass@proxy:1",
}

SHOW = """
import json, os, sys, espalier_torch
before = dict(os.environ)
espalier_torch.give_back(["wandb"])
print(json.dumps([before, dict(os.environ)]))
"""


def test_secrets_are_set_aside_and_come_back_for_the_tracker_they_are_for() -> None:
    environment = {**os.environ, **SECRET, **KEPT}
    said = subprocess.run([sys.executable, "-c", SHOW], env=environment, capture_output=True, text=True, check=True)
    before, after = json.loads(said.stdout)
    assert not SECRET.keys() & before.keys()
    assert {name: before[name] for name in KEPT} == KEPT
    assert SECRET.keys() & after.keys() == {"WANDB_API_KEY"}
