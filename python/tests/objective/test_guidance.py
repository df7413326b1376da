"""Reward guidance has a gradient, and following it raises the judge's score."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import CODES, TOKENS, WORDS, steps_of, tiny_generator, tiny_judge

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.objective.guidance import GUIDANCE_KINDS, GuidanceSettings, draw_prompts
from espalier_torch.objective.sampling import SamplerSettings, sample
from espalier_torch.protocol.fields import RequestError

SETTINGS = GuidanceSettings("", prompts=12, images=12, draws=4, seed=3, sampler=SamplerSettings(steps=4))
TEXTS = torch.randint(1, WORDS, (12, 8), generator=torch.Generator().manual_seed(2))


def term(kind: str, model, judge, step: int = 0):
    settings = replace(SETTINGS, kind=kind, images=12 if kind == "score-function" else 1)
    drawn = draw_prompts(TEXTS, settings, step)
    return GUIDANCE_KINDS[kind](model, lambda text, tokens: judge(text, tokens)[:, 0], drawn, settings, CODES, TOKENS)


def scores(model, judge) -> torch.Tensor:
    """P(yes) over images that training never draws."""
    text = TEXTS.repeat_interleave(6, 0)
    seeds = 10_000 + np.arange(len(text))
    images = sample(model, text, seeds, mask_id=CODES, tokens=TOKENS, settings=SETTINGS.sampler)
    with torch.no_grad():
        return torch.sigmoid(judge(text, images.tokens)).flatten()


@pytest.mark.parametrize("kind", GUIDANCE_KINDS)
def test_the_gradient_is_there_and_following_it_raises_the_score(kind):
    model, judge = tiny_generator(), tiny_judge()
    term(kind, model, judge).loss.backward()
    gradients = [one.grad.norm().item() for one in model.parameters() if one.grad is not None]
    assert len(gradients) > 10
    assert sum(gradients) > 1e-3
    before = scores(model, judge)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    for step in range(30):
        optimizer.zero_grad()
        term(kind, model, judge, step).loss.backward()
        optimizer.step()
    gains = scores(model, judge) - before  # of the same captions and seeds
    assert gains.mean() > 5 * gains.std() / len(gains) ** 0.5
    assert gains.mean() > 0.02


def test_the_score_function_estimates_the_gradient_of_the_expected_reward():
    model = tiny_generator()
    worth = torch.linspace(0.05, 0.95, CODES)  # of each code; an image's reward is the mean over its tokens
    settings = replace(SETTINGS, images=32, draws=1, sampler=SamplerSettings(steps=1))
    parameters = list(model.parameters())
    total = torch.zeros(sum(one.numel() for one in parameters))
    for step in range(4):
        drawn = draw_prompts(TEXTS, settings, step)
        judge = lambda text, tokens: torch.logit(worth[tokens].mean(-1))  # noqa: E731
        loss = GUIDANCE_KINDS["score-function"](model, judge, drawn, settings, CODES, TOKENS).loss
        total += flat(torch.autograd.grad(loss, parameters, allow_unused=True, materialize_grads=True))
    # In one step all tokens are drawn apart from each other: the expected reward is known.
    probabilities = model(TEXTS, torch.full((len(TEXTS), TOKENS), CODES)).softmax(-1)
    exact = -(probabilities * worth).sum(-1).mean()
    expected = flat(torch.autograd.grad(exact, parameters, allow_unused=True, materialize_grads=True))
    assert torch.cosine_similarity(total / 4, expected, dim=0) > 0.9
    assert (total / 4).norm() / expected.norm() == pytest.approx(1, abs=0.4)


def flat(gradients) -> torch.Tensor:
    return torch.cat([one.flatten() for one in gradients])


def test_captions_and_seeds_change_with_the_step_alone():
    settings = replace(SETTINGS, kind="score-function")
    first, again, other = (draw_prompts(TEXTS, settings, step) for step in [4, 4, 5])
    assert torch.equal(first.text, again.text)
    assert np.array_equal(first.seeds, again.seeds)
    assert not np.array_equal(first.seeds, other.seeds)
    assert torch.equal(first.text[0], first.text[11])
    assert not torch.equal(first.text[0], first.text[12])
    assert len(torch.unique(first.text, dim=0)) == 12


def test_a_run_with_guidance_tells_its_score_and_ends_elsewhere(request_of, trained, tmp_path):
    asked = {"questions": ["outcome"]}
    write_checkpoint(tmp_path / "judge", "judge", tiny_judge(), exports=[], parents=[], training={}, extra=asked)
    raw = {"steps": 3, "sampler": {"steps": 4}}
    plain, _ = trained(request_of("plain", **raw))
    judged = {"prompts": 4, "judge": str(tmp_path / "judge"), "coefficient": 1.0}
    guided, events = trained(request_of("guided", **raw, guidance=judged))
    assert all(0 < event["guidance/score"] < 1 for event in steps_of(events))
    assert guided["identity"] != plain["identity"]
    assert guided["training"]["judge"] is not None
    with pytest.raises(RequestError, match="answers outcome, not 'clarity'"):
        trained(request_of("other", **raw, guidance={**judged, "question": "clarity"}))
