"""Masks are shared, stratified, reproducible, and own-path draws estimate the path's log-likelihood."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from conftest import CODES, TOKENS, WORDS, random_path, tiny_generator

from espalier_torch.data.pairs import steps_in_common
from espalier_torch.objective.masked_likelihood import MaskedPairs, pair_log_likelihoods, scored_log_probabilities
from espalier_torch.objective.masks import MASK_POLICIES, Masks, MaskSettings, draw_masks, refused_masks

PAIRS = torch.arange(40)


def paths(seed: int, steps: int = 6) -> torch.Tensor:
    return torch.from_numpy(random_path(np.random.default_rng(seed), len(PAIRS), steps).astype(np.uint8))


CHOSEN, REJECTED = paths(1), paths(2)


def drawn(table: int = 0, pairs: torch.Tensor = PAIRS, **fields) -> tuple[Masks, Masks]:
    return draw_masks(MaskSettings(**{"policy": "random", **fields}), table, pairs, CHOSEN[pairs], REJECTED[pairs])


def same(one: Masks, other: Masks) -> bool:
    return all(torch.equal(a, b) for a, b in zip(dataclasses.astuple(one), dataclasses.astuple(other), strict=True))


@pytest.mark.parametrize("policy", ["random", "high-ratio"])
def test_chosen_and_rejected_share_ratio_and_positions(policy):
    chosen, rejected = drawn(policy=policy, draws=3)
    assert same(chosen, rejected)
    assert chosen.hidden.shape == (len(PAIRS), 3, TOKENS)


def test_unshared_masks_differ():
    assert not same(*drawn(shared=False))


@pytest.mark.parametrize("policy", MASK_POLICIES)
def test_a_pair_keeps_its_masks_whatever_the_batch_and_the_order(policy):
    whole, _ = drawn(policy=policy, draws=3)
    some = torch.tensor([7, 3, 31])
    part, _ = drawn(policy=policy, draws=3, pairs=some)
    assert same(part, Masks(whole.hidden[some], whole.scored[some], whole.weights[some]))


@pytest.mark.parametrize("policy", MASK_POLICIES)
@pytest.mark.parametrize("change", [{"seed": 1}, {"table": 1}])
def test_another_seed_or_table_gives_other_masks(policy, change):
    assert not same(drawn(policy=policy)[0], drawn(policy=policy, **change)[0])


@pytest.mark.parametrize("policy", MASK_POLICIES)
def test_only_hidden_tokens_are_scored_and_some_always_are(policy):
    for masks in drawn(policy=policy, draws=4):
        assert not (masks.scored & ~masks.hidden).any()
        assert (masks.scored.sum(-1) > 0).all()


def test_high_ratio_hides_at_least_its_share():
    masks, _ = drawn(policy="high-ratio", draws=4, lowest_ratio=0.75)
    assert masks.hidden.sum(-1).min() >= 0.75 * TOKENS
    assert masks.hidden.sum(-1).max() == TOKENS


def test_draws_are_stratified_over_the_cosine_schedule():
    counts = drawn(draws=4)[0].hidden.sum(-1)
    for draw in range(4):
        highest = round(math.cos(math.pi / 2 * draw / 4) * TOKENS)
        lowest = max(1, round(math.cos(math.pi / 2 * (draw + 1) / 4) * TOKENS))
        assert counts[:, draw].min() >= lowest
        assert counts[:, draw].max() <= highest


def test_positions_are_spread_evenly():
    many = torch.arange(4000)
    zero = torch.zeros(len(many), TOKENS, dtype=torch.uint8)
    masks, _ = draw_masks(MaskSettings(policy="high-ratio", lowest_ratio=0.5, draws=1), 0, many, zero, zero)
    shares = masks.hidden.float().mean((0, 1))
    assert (shares - 0.75).abs().max() < 0.05


def test_own_path_shows_what_was_known_before_the_step_and_scores_what_it_committed():
    chosen, rejected = drawn(policy="own-path", draws=6)
    for masks, committed_at in [(chosen, CHOSEN), (rejected, REJECTED)]:
        for step in range(6):  # six stratified draws of six steps: each step once
            assert torch.equal(masks.hidden[:, step], committed_at >= step)
            assert torch.equal(masks.scored[:, step], committed_at == step)
        assert (masks.weights == 6).all()


def test_own_path_shares_the_step_between_paths_of_equal_length():
    chosen, rejected = drawn(policy="own-path", draws=2)
    assert torch.equal(chosen.hidden.sum(-1), rejected.hidden.sum(-1))


def test_own_path_can_keep_to_the_first_steps_and_score_all_that_is_masked():
    masks, _ = drawn(policy="own-path", draws=4, path_share=0.5, scored="masked")
    assert torch.equal(masks.scored, masks.hidden)
    assert (masks.weights == 1).all()
    assert masks.hidden.sum(-1).min() > TOKENS // 2  # steps 0, 1, 2 of 6: at least 64 - 2 * 11 are hidden


def trajectory(model, text, tokens, committed_at) -> torch.Tensor:
    """sum over t of log p(tokens committed at t | state before t), one step at a time."""
    total = torch.zeros(len(tokens))
    for step in range(int(committed_at.max()) + 1):
        total += scored_log_probabilities(model, text, tokens, committed_at >= step, committed_at == step, CODES)
    return total


@pytest.fixture
def images():
    model = tiny_generator()
    torch.manual_seed(1)
    count = len(PAIRS)
    return model, torch.randint(1, WORDS, (count, 8)), torch.randint(CODES, (2, count, TOKENS))


def own_path_estimates(images, draws: int, seed: int) -> torch.Tensor:
    model, text, (chosen, rejected) = images
    settings = MaskSettings(policy="own-path", draws=draws, seed=seed)
    masks = draw_masks(settings, 0, PAIRS, CHOSEN, REJECTED)
    found = pair_log_likelihoods(model, MaskedPairs(text, chosen, rejected, *masks), CODES, "sum")
    return torch.cat([found.chosen, found.rejected])


@torch.no_grad()
def test_as_many_draws_as_steps_give_the_path_likelihood_exactly(images):
    model, text, (chosen, rejected) = images
    exact = torch.cat([trajectory(model, text, chosen, CHOSEN), trajectory(model, text, rejected, REJECTED)])
    torch.testing.assert_close(own_path_estimates(images, draws=6, seed=0), exact, rtol=1e-4, atol=1e-3)


@torch.no_grad()
def test_fewer_draws_estimate_the_path_likelihood_without_bias(images):
    model, text, (chosen, rejected) = images
    exact = torch.cat([trajectory(model, text, chosen, CHOSEN), trajectory(model, text, rejected, REJECTED)])
    errors = torch.stack([own_path_estimates(images, draws=2, seed=seed) - exact for seed in range(60)])
    spread = errors.std() / math.sqrt(errors.numel())
    assert errors.std() > 0.1  # a single draw is noisy: the test could fail
    assert errors.mean().abs() < 4 * spread


@torch.no_grad()
def test_scored_positions_match_full_logits(images):
    model, text, (chosen, rejected) = images
    masks = draw_masks(MaskSettings("random", draws=1), 0, PAIRS, CHOSEN, REJECTED)
    found = pair_log_likelihoods(model, MaskedPairs(text, chosen, rejected, *masks), CODES, "sum")
    hidden = masks[0].hidden[:, 0]
    logits = model(text, torch.where(hidden, CODES, chosen)).log_softmax(-1)
    plain = (logits.gather(-1, chosen.unsqueeze(-1)).squeeze(-1) * hidden).sum(-1)
    torch.testing.assert_close(found.chosen, plain, rtol=1e-4, atol=1e-3)
    assert torch.equal(found.chosen_lengths, hidden.sum(-1).float())
    mean = pair_log_likelihoods(model, MaskedPairs(text, chosen, rejected, *masks), CODES, "mean")
    torch.testing.assert_close(mean.chosen, plain / hidden.sum(-1), rtol=1e-4, atol=1e-4)


def test_draws_that_are_not_stratified_are_even_all_the_same():
    many = torch.arange(4000)
    zero = torch.zeros(len(many), TOKENS, dtype=torch.uint8)
    masks, _ = draw_masks(MaskSettings("random", draws=2, stratified=False), 0, many, zero, zero)
    shares = masks.hidden.float().mean(-1)
    assert (shares.mean(0) - 2 / math.pi).abs().max() < 0.03  # the mean of cos(pi / 2 * u)
    assert torch.corrcoef(shares.T)[0, 1].abs() < 0.05


@pytest.mark.parametrize("stratified", [True, False])
def test_antithetic_draws_are_mirror_images(stratified):
    masks, other = drawn(draws=4, antithetic=True, stratified=stratified)
    assert same(masks, other)
    counts = masks.hidden.sum(-1)
    for draw in (0, 1):
        mirrored = 3 - draw
        # cos(pi / 2 * u) and cos(pi / 2 * (1 - u)): their squares add up to 1
        squares = (counts[:, draw] / TOKENS) ** 2 + (counts[:, mirrored] / TOKENS) ** 2
        assert (squares - 1).abs().max() < 0.05
        shown_in_both = ~masks.hidden[:, draw] & ~masks.hidden[:, mirrored]
        expected = (TOKENS - counts[:, draw] - counts[:, mirrored]).clamp(min=0)
        assert torch.equal(shown_in_both.sum(-1), expected)  # opposite orders hide the two ends first


SHARED_STEPS = PAIRS % 4
# Six steps like CHOSEN: the same ones first, the others in reverse.
BRANCH = torch.where(CHOSEN < SHARED_STEPS.unsqueeze(-1), CHOSEN, SHARED_STEPS.unsqueeze(-1) + 5 - CHOSEN)


@pytest.mark.parametrize("antithetic", [False, True])
@pytest.mark.parametrize("policy", MASK_POLICIES)
def test_what_a_pair_shares_stays_visible_and_unscored(policy, antithetic):
    settings = MaskSettings(policy=policy, draws=4, antithetic=antithetic)
    sides = draw_masks(settings, 0, PAIRS, CHOSEN, BRANCH, SHARED_STEPS)
    shared = (CHOSEN < SHARED_STEPS.unsqueeze(-1)).unsqueeze(1)
    assert shared.sum() > 100
    for masks in sides:
        assert not (masks.hidden & shared).any()
        assert (masks.scored.sum(-1) > 0).all()
    apart = SHARED_STEPS == 0
    plain = draw_masks(settings, 0, PAIRS[apart], CHOSEN[apart], BRANCH[apart])
    assert same(Masks(*(part[apart] for part in dataclasses.astuple(sides[0]))), plain[0])


def test_ratios_are_of_the_tokens_that_a_pair_does_not_share():
    masks, other = draw_masks(MaskSettings(policy="high-ratio", draws=4), 0, PAIRS, CHOSEN, BRANCH, SHARED_STEPS)
    opened = (CHOSEN >= SHARED_STEPS.unsqueeze(-1)).sum(-1, keepdim=True)
    assert (masks.hidden.sum(-1) >= 0.75 * opened - 0.5).all()
    assert torch.equal(masks.hidden, other.hidden)


@torch.no_grad()
def test_own_path_of_a_pair_begins_behind_its_shared_steps(images):
    model, text, (chosen, rejected) = images
    two = torch.full_like(PAIRS, 2)
    masks = draw_masks(MaskSettings(policy="own-path", draws=4), 0, PAIRS, CHOSEN, CHOSEN, two)
    found = pair_log_likelihoods(model, MaskedPairs(text, chosen, rejected, *masks), CODES, "sum")
    begun = sum(
        scored_log_probabilities(model, text, chosen, CHOSEN >= step, CHOSEN == step, CODES) for step in range(2)
    )
    exact = trajectory(model, text, chosen, CHOSEN) - begun
    torch.testing.assert_close(found.chosen, exact, rtol=1e-4, atol=1e-3)


def test_steps_in_common_are_read_off_the_pair():
    committed = torch.tensor([[0, 1, 2, 3]] * 5, dtype=torch.uint8)
    rejected_at = committed.clone()
    rejected_at[1] = torch.tensor([0, 2, 1, 3])
    chosen = torch.zeros(5, 4, dtype=torch.int64)
    rejected = chosen.clone()
    rejected[2, 2] = rejected[3, 0] = rejected[4, 3] = 9
    sides = {"chosen_tokens": chosen, "rejected_tokens": rejected}
    found = steps_in_common({**sides, "chosen_committed_at": committed, "rejected_committed_at": rejected_at})
    assert found.tolist() == [0, 1, 2, 0, 3]  # the first pair is one image twice


def test_antithetic_masks_need_an_even_number_of_draws():
    (fault,) = refused_masks(3, True)
    assert "must be even, got 3" in fault
    assert refused_masks(4, True) == refused_masks(3, False) == []
