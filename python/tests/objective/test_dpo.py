"""Losses against numbers worked by hand and numbers TRL produced."""

import json
import math

import pytest
import torch
from conftest import REPOSITORY

from espalier_torch.objective.divergences import DIVERGENCES
from espalier_torch.objective.dpo import LOSSES, combined_loss, implicit_rewards, refused_losses
from espalier_torch.objective.log_probabilities import LogProbabilities, LossSettings, RunningMean

GOLDEN = json.loads((REPOSITORY / "test/golden/dpo_losses.json").read_text())
OLDER = {
    "sigmoid": "sigmoid_smoothed", "ipo": "ipo_unnormalised", "bco_pair": "bco_pair_centred", "aot_pair": "aot_unpaired"
}  # fmt: skip
"""Our names of what TRL before 1.0 called otherwise."""
TYPES = [(one, kind) for one in ["trl_1_16_0", "trl_0_23_1"] for kind in sorted({c["loss_type"] for c in GOLDEN[one]})]


def own_name(generation: str, kind: str) -> str:
    return OLDER.get(kind, kind) if generation == "trl_0_23_1" else kind


def log_probabilities(case: dict) -> LogProbabilities:
    count = len(case["policy_chosen_logps"])
    names = ["policy_chosen", "policy_rejected", "ref_chosen", "ref_rejected"]
    return LogProbabilities(
        *(torch.tensor(case[f"{name}_logps"], dtype=getattr(torch, case["dtype"])) for name in names),
        torch.tensor(case.get("chosen_lengths", [1] * count)),
        torch.tensor(case.get("rejected_lengths", [1] * count)),
    )


def settings_of(generation: str, case: dict) -> LossSettings:
    older = generation == "trl_0_23_1"
    divergence, smoothing = case["f_divergence_type"], case["label_smoothing"]
    if older and divergence == "alpha_divergence":
        divergence = "alpha_divergence_older"
    if older and case["loss_type"] == "exo_pair":
        smoothing = smoothing or 1e-3  # what it put in place of 0 without saying so
    return LossSettings(
        case["beta"], smoothing, divergence, case["f_alpha_divergence_coef"], discopop_tau=case["discopop_tau"]
    )


def test_every_loss_of_trl_has_golden_cases():
    assert {own_name(*one) for one in TYPES} == set(LOSSES) - {"dpop"}
    assert {settings_of(one, case).f_divergence for one, _ in TYPES for case in GOLDEN[one]} == set(DIVERGENCES)


@pytest.mark.parametrize(("generation", "kind"), TYPES, ids=["-".join(one) for one in TYPES])
def test_agrees_with_trl(generation, kind):
    cases = [case for case in GOLDEN[generation] if case["loss_type"] == kind]
    assert len(cases) == 56
    for case in cases:
        found, settings = log_probabilities(case), settings_of(generation, case)
        losses = LOSSES[own_name(generation, kind)](found, settings)
        close(losses, case["losses"], case["id"])
        for rewards, name in zip(implicit_rewards(found, case["beta"]), ["chosen", "rejected"], strict=True):
            close(rewards, case[f"{name}_rewards"], case["id"])


def close(found: torch.Tensor, expected: list, name: str) -> None:
    wanted = torch.tensor([float(value) for value in expected], dtype=torch.float64)
    torch.testing.assert_close(found.double(), wanted, rtol=1e-5, atol=1e-5, msg=lambda text: f"{name}: {text}")


def test_the_centre_of_bco_is_the_mean_of_all_rewards_so_far():
    rewards = RunningMean()
    assert rewards.update(torch.tensor([1.0, 3.0])) == pytest.approx(2)
    assert rewards.update(torch.tensor([5.0])) == pytest.approx(3)


@pytest.mark.parametrize(
    ("names", "smoothing", "divergence", "because"),
    [
        (["exo_pair"], 0, "reverse_kl", "exo_pair needs label_smoothing"),
        (["sigmoid"], 0.1, "reverse_kl", "no loss asked for reads it"),
        (["sigmoid", "nca_pair"], 0, "forward_kl", "nca_pair is defined for reverse_kl only"),
    ],
)
def test_settings_that_a_loss_would_ignore_are_refused(names, smoothing, divergence, because):
    (fault,) = refused_losses(names, smoothing, divergence)
    assert because in fault


def test_what_goes_together_is_not_refused():
    assert refused_losses(["sigmoid", "sft"], 0, "js_divergence") == []
    assert refused_losses(["sigmoid", "robust"], 0.1, "reverse_kl") == []


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


def test_dpop_costs_what_the_chosen_has_lost_a_token_and_no_gain():
    found = by_hand()
    lost = LogProbabilities(*[torch.cat([one, one]) for one in vars(found).values()])
    lost.policy_chosen[0] = -5  # less than the reference's 1, on 4 tokens
    assert LOSSES["dpop"](lost, LossSettings(beta=0.5)).tolist() == [6 / 4, 0]


def test_the_gradient_raises_the_chosen_and_lowers_the_rejected():
    chosen, rejected = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    zero, one = torch.zeros(1), torch.ones(1)
    LOSSES["sigmoid"](LogProbabilities(chosen, rejected, zero, zero, one, one), LossSettings(beta=0.1)).sum().backward()
    assert chosen.grad.item() == pytest.approx(-0.05)
    assert rejected.grad.item() == pytest.approx(0.05)
