"""Whether the two sides speak one protocol."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import espalier_torch
from espalier_torch.protocol.agreement import VARIABLE, own_protocol, refuse_other_protocol
from espalier_torch.protocol.fields import RequestError

ROOT = Path(__file__).parents[3]


def test_agrees_with_its_own_protocol_and_with_programs_that_do_not_say():
    refuse_other_protocol({VARIABLE: f"0.1.0 {own_protocol()}"})
    refuse_other_protocol({})


def test_refuses_another_with_the_command_that_mends_it():
    with pytest.raises(RequestError, match=re.escape("pip install espalier-torch==9.8.7")):
        refuse_other_protocol({VARIABLE: f"9.8.7 {'0' * 64}"})


def test_has_the_version_of_the_program():
    assert espalier_torch.__version__ == json.loads((ROOT / "package.json").read_text())["version"]


def test_a_worker_refuses_the_first_request_of_another_version():
    environment = {**os.environ, VARIABLE: f"9.8.7 {'0' * 64}"}
    command = [sys.executable, "-m", "espalier_torch.worker"]
    probe = '{"request": "probe"}\n'
    worker = subprocess.run(command, input=probe, env=environment, capture_output=True, text=True, check=False)
    event = json.loads(worker.stdout)
    assert (worker.returncode, event["event"], event["type"]) == (2, "error", "RequestError")
    assert "9.8.7" in event["message"]


def test_builds_as_a_wheel_with_all_that_it_reads(tmp_path):
    build = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"
    project = tmp_path / "project"
    project.mkdir()
    for name in ("pyproject.toml", "espalier_torch"):
        (project / name).symlink_to(ROOT / "python" / name)
    made = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=project, capture_output=True, text=True, check=True
    ).stdout.splitlines()[-1]
    assert made == f"espalier_torch-{espalier_torch.__version__}-py3-none-any.whl"
    names = zipfile.ZipFile(tmp_path / made).namelist()
    for name in ("worker.py", "quiet.json", "secrets.json", "protocol/schema.json", "families/showo/model.py"):
        assert f"espalier_torch/{name}" in names
