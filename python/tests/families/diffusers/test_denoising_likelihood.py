"""The losses of pairs of pictures against the published formulas, written out from the papers."""

import pytest
import torch
import torch.nn.functional as F

pytest.importorskip("diffusers")  # It needs Python 3.11.

from diffusers import DDPMScheduler
from picture_requests import picture_request, write_colour_pairs
from tiny_pipelines import tiny_pipeline

from espalier_torch.families.diffusers.family import load
from espalier_torch.families.diffusers.objective import denoised_pictures
from espalier_torch.objective.dpo import combined_loss
from espalier_torch.objective.log_probabilities import LogProbabilities, LossSettings
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest

BETA, PAIRS, DRAWS = 0.05, 3, 2


@pytest.fixture
def measured(tmp_path):
    """Rows of pairs under a policy and another reference, and both models, of a layout."""

    def made(name, **fields):
        folder = tiny_pipeline(name, tmp_path / name)
        pairs = write_colour_pairs(tmp_path / "pairs", count=PAIRS)
        raw = picture_request(folder, pairs, tmp_path / "out", masks={"draws": DRAWS}, beta=BETA, **fields)
        raw.pop("request")
        request = build(TrainRequest, raw)
        policy, reference = (load(folder)[0] for _ in range(2))
        torch.manual_seed(1)
        with torch.no_grad():
            for one in policy.parameters():
                one.add_(0.02 * torch.randn_like(one))
        objective = denoised_pictures(request, policy.config, torch.device("cpu"))
        known = objective.read_pairs(request.pairs)
        objective.prepare(known, lambda done, total: None, lambda: None)
        return objective, objective.rows(known, torch.arange(PAIRS), 1), policy, reference

    return made


@torch.no_grad()
def our_loss(objective, rows, policy, reference):
    """DPO's loss of each pair."""
    found, frozen = (objective.log_likelihoods(model, rows) for model in (policy, reference))
    four = (found.chosen, found.rejected, frozen.chosen, frozen.rejected)
    numbers = LogProbabilities(*four, found.chosen_lengths, found.rejected_lengths)
    settings = LossSettings(BETA, 0.0, "reverse_kl", 0.5, 0.05)
    return combined_loss(numbers, {"sigmoid": 1.0}, settings), found.chosen_lengths[0].item()


def in_turn(rows):
    """Each draw of each pair alone: its number, side, clean latents, noise and time, (1, ...) each."""
    for pair in range(PAIRS):
        for side in ("chosen", "rejected"):
            clean, noised = getattr(rows, side)[pair], getattr(rows, f"{side}_noised")
            for draw in range(DRAWS):
                yield pair, side, clean[None], noised.gaussian[pair, draw][None], noised.levels.times[pair, draw][None]


@torch.no_grad()
@pytest.mark.parametrize("name", ["sd", "sdxl"])
def test_diffusion_dpo_is_the_papers(name, measured):
    objective, rows, policy, reference = measured(name)
    ours, numbers = our_loss(objective, rows, policy, reference)
    scheduler = policy.architecture.pipeline.scheduler
    squares = {model: {"chosen": torch.zeros(PAIRS), "rejected": torch.zeros(PAIRS)} for model in (policy, reference)}
    for pair, side, clean, noise, time in in_turn(rows):
        # diffusers' own noise and velocity, by the settings of this pipeline's scheduler.
        train = DDPMScheduler.from_config(scheduler.config)
        noisy = train.add_noise(clean, noise, time)
        target = noise if name == "sd" else train.get_velocity(clean, noise, time)
        texts = {key: one[pair : pair + 1] for key, one in rows.texts.items()}
        for model in squares:
            output = model.architecture.outputs(noisy, time, texts, (32, 32), 1.0)
            squares[model][side][pair] += F.mse_loss(output, target) / DRAWS
    # Equation 14 with the mean square error of a picture: its beta is ours times the numbers of a latent.
    change = {side: squares[policy][side] - squares[reference][side] for side in ("chosen", "rejected")}
    theirs = -F.logsigmoid(-0.5 * BETA * numbers * (change["chosen"] - change["rejected"]))
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    assert (ours - ours[0]).abs().max() > 1e-3


@torch.no_grad()
@pytest.mark.parametrize("name", ["sd3", "flux"])
def test_flow_dpo_is_the_papers(name, measured):
    objective, rows, policy, reference = measured(name)
    ours, numbers = our_loss(objective, rows, policy, reference)
    squares = {model: {"chosen": torch.zeros(PAIRS), "rejected": torch.zeros(PAIRS)} for model in (policy, reference)}
    for pair, side, clean, noise, time in in_turn(rows):
        sigma = time / 1000
        noisy, velocity = (1 - sigma) * clean + sigma * noise, noise - clean
        texts = {key: one[pair : pair + 1] for key, one in rows.texts.items()}
        for model in squares:
            kind = model.architecture
            output = kind.outputs(kind.packed(noisy), time, texts, (32, 32), 1.0)
            squares[model][side][pair] += F.mse_loss(output, kind.packed(velocity)) / DRAWS
    change = {side: squares[policy][side] - squares[reference][side] for side in ("chosen", "rejected")}
    theirs = -F.logsigmoid(-0.5 * BETA * numbers * (change["chosen"] - change["rejected"]))
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    assert (ours - ours[0]).abs().max() > 1e-3


def test_draws_are_shared_spread_and_always_the_same(measured):
    objective, rows, _, _ = measured("sd", caption_dropout=1.0)
    assert torch.equal(rows.chosen_noised.gaussian, rows.rejected_noised.gaussian)
    assert torch.equal(rows.chosen_noised.levels.times, rows.rejected_noised.levels.times)
    early, late = rows.chosen_noised.levels.times.unbind(1)
    assert (early < 500).all() and (late >= 500).all()
    known = objective.read_pairs([str(objective.encoded.cache.parent / "pairs" / "pairs.arrow")])
    again = objective.rows(known, torch.tensor([2]), 1)
    assert torch.equal(again.chosen_noised.gaussian[0], rows.chosen_noised.gaussian[2])
    other = objective.rows(known, torch.tensor([2]), 2)
    assert not torch.equal(other.chosen_noised.gaussian, again.chosen_noised.gaussian)
    # Without its caption a pair is told what guidance is told.
    unsaid = objective.encoded.texts(known, torch.tensor([len(known.captions)]))
    assert torch.equal(rows.texts["words"][0], unsaid["words"][0])
