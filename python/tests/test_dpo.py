"""Losses against numbers worked by hand and numbers TRL produced."""

import json
import math

import pytest
import torch
from conftest import REPOSITORY

from espalier_torch.dpo import LOSSES, LogProbabilities, LossSettings, combined_loss, implicit_rewards

GOLDEN = json.loads((REPOSITORY / "test/golden/dpo_losses.json").read_text())
OWN_NAMES = {"trl_1_16_0": {}, "trl_0_23_1": {"sigmoid": "sigmoid_smoothed"}}
CASES = [(generation, case) for generation in OWN_NAMES for case in GOLDEN[generation]]


def log_probabilities(case: dict) -> LogProbabilities:
    count = len(case["policy_chosen_logps"])
    return LogProbabilities(
        *(torch.tensor(case[f"{who}_logps"], dtype=torch.float64) for who in
          ["policy_chosen", "policy_rejected", "ref_chosen", "ref_rejected"]),
        torch.tensor(case.get("chosen_lengths", [1] * count)),
        torch.tensor(case.get("rejected_lengths", [1] * count)),
    )  # fmt: skip


def test_all_golden_cases_are_there():
    assert len(CASES) > 200
    assert {OWN_NAMES[generation].get(case["loss_type"], case["loss_type"]) for generation, case in CASES} == set(
        LOSSES
    )


@pytest.mark.parametrize(("generation", "case"), CASES, ids=[f"{one}-{case['id']}" for one, case in CASES])
def test_agrees_with_trl(generation, case):
    found = log_probabilities(case)
    settings = LossSettings(case["beta"], case["label_smoothing"])
    name = OWN_NAMES[generation].get(case["loss_type"], case["loss_type"])
    torch.testing.assert_close(
        LOSSES[name](found, settings), torch.tensor(case["losses"], dtype=torch.float64), rtol=1e-5, atol=1e-5
    )
    chosen, rejected = implicit_rewards(found, case["beta"])
    torch.testing.assert_close(chosen, torch.tensor(case["chosen_rewards"], dtype=torch.float64), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(
        rejected, torch.tensor(case["rejected_rewards"], dtype=torch.float64), rtol=1e-5, atol=1e-5
    )


def by_hand() -> LogProbabilities:
    """Log-ratios 2 - 1 = 1 and -3 + 1 = -2: a margin of 3."""
    one = torch.ones(1)
    return LogProbabilities(one * 2, one * -3, one, -one, one * 4, one * 2)


def test_sigmoid_by_hand():
    # -log(1 / (1 + e^(-0.5 * 3))) = log(1 + e^-1.5) = 0.201413
    loss = LOSSES["sigmoid"](by_hand(), LossSettings(beta=0.5))
    assert loss.item() == pytest.approx(math.log1p(math.exp(-1.5)), abs=1e-6)


def test_ipo_by_hand():
    # (1/4 - (-2)/2 - 1/(2 * 0.5))^2 = (1.25 - 1)^2
    assert LOSSES["ipo"](by_hand(), LossSettings(beta=0.5)).item() == pytest.approx(0.0625, abs=1e-6)


def test_losses_combine_by_weight():
    settings = LossSettings(beta=0.5)
    both = combined_loss(by_hand(), {"sigmoid": 1.0, "sft": 0.5}, settings)
    # sft: -2 / 4 per chosen token
    assert both.item() == pytest.approx(math.log1p(math.exp(-1.5)) + 0.5 * -0.5, abs=1e-6)


def test_the_gradient_raises_the_chosen_and_lowers_the_rejected():
    chosen, rejected = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    zero, one = torch.zeros(1), torch.ones(1)
    LOSSES["sigmoid"](LogProbabilities(chosen, rejected, zero, zero, one, one), LossSettings(beta=0.1)).sum().backward()
    assert chosen.grad.item() == pytest.approx(-0.05)
    assert rejected.grad.item() == pytest.approx(0.05)
