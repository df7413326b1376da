"""Trainings are recorded and known again by the names and hashes of before, whatever settings are called now."""

import dataclasses
import json
import typing

import pytest
from conftest import REPOSITORY

from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.protocol.older_names import renewed
from espalier_torch.protocol.reading import build, read_request
from espalier_torch.protocol.recorded import (
    JUDGE_TRAINING,
    TRAINING,
    decides,
    fingerprint,
    judge_fingerprint,
    recorded,
    result_settings,
)
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.protocol.worker_requests import WORKER_REQUESTS

CASES = json.loads((REPOSITORY / "test/contract/recorded.json").read_text())
PLACES = {"pairs": ["pairs.arrow"], "generator": "policy", "out": "out"}


def named(cases: list[dict]) -> list:
    return [pytest.param(case, id=case["name"]) for case in cases]


def read(case: dict) -> typing.Any:
    return read_request(json.dumps(case["request"]), WORKER_REQUESTS)


@pytest.mark.parametrize("case", named(CASES["trainings"]))
def test_a_training_of_before_is_known_again(case):
    assert json.dumps(result_settings(read(case))) == json.dumps(case["recorded"])
    assert fingerprint(read(case), case["inputs"]) == case["fingerprint"]


@pytest.mark.parametrize("case", named(CASES["judges"]))
def test_a_judges_training_of_before_is_known_again(case):
    assert json.dumps(result_settings(read(case))) == json.dumps(case["recorded"])
    assert judge_fingerprint(read(case), ["a" * 64], ["b" * 64]) == case["fingerprint"]


def test_the_same_hash_came_out_of_the_code_before_there_were_sections():
    plain = next(case for case in CASES["trainings"] if case["name"] == "defaults")
    assert fingerprint(read(plain), plain["inputs"]) == (
        "88a9e6b5e9c04be7c16de8a57231d0cdb47ae93d5a89a363ac27a9d154757427"
    )


def leaves(kind: type, path: str = "") -> list[str]:
    """Every setting of a request by its path."""
    found = []
    for name, hint in typing.get_type_hints(kind).items():
        section = next((one for one in (hint, *typing.get_args(hint)) if dataclasses.is_dataclass(one)), None)
        found += leaves(section, f"{path}{name}.") if section else [path + name]
    return found


def test_every_setting_that_decides_is_recorded():
    kept = {path for path, _ in TRAINING.values()} | {"adapter_base"}
    assert [path for path in leaves(TrainRequest) if path not in kept and decides(TrainRequest, path)] == []
    assert set(leaves(JudgeTrainRequest)) == set(JUDGE_TRAINING.values())


@pytest.mark.parametrize("case", named(CASES["trainings"]))
def test_what_was_recorded_can_be_asked_for_again(case):
    again = build(TrainRequest, renewed({**PLACES, **case["recorded"], **judge_and_base(case)}))
    assert result_settings(again) == case["recorded"]


def judge_and_base(case: dict) -> dict:
    """What lies outside the settings: the folders of the guide and of the weights below a carried adapter."""
    kept = recorded(read(case))
    return {name: kept[name] for name in ("guidance_judge", "adapter_base")}


def test_other_processes_decide_nothing_and_another_beta_does():
    plain = next(case for case in CASES["trainings"] if case["name"] == "defaults")
    again = {**plain, "request": {**plain["request"], "processes": 4, "threads": 2}}
    assert fingerprint(read(again), plain["inputs"]) == plain["fingerprint"]
    other = {**plain, "request": {**plain["request"], "beta": 0.2}}
    assert fingerprint(read(other), plain["inputs"]) != plain["fingerprint"]
