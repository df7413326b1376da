"""The fast sampler computes what the plain forward pass computes, and the same candidate in any company."""

import json

import numpy as np
import pytest
import torch
from conftest import REPOSITORY
from golden_showo import tiny_showo

from espalier_torch.decoding.draws import inverse_transform
from espalier_torch.families.showo.sampler import Path, ShowoSampler
from espalier_torch.families.showo.schedule import masked_counts, newly_committed
from espalier_torch.families.showo.step import StepModel
from espalier_torch.objective.sampling import SamplerSettings, remasking_temperature
from espalier_torch.runtime import randomness
from espalier_torch.runtime.randomness import gumbel

PROMPTS = [(5, 9, 30), (7,), tuple(range(40, 53)), (1, 2)]
SETTINGS = SamplerSettings(steps=6, guidance_scale=1.75)


def test_schedules_are_nodes():
    cases = json.loads((REPOSITORY / "test/contract/schedule.json").read_text())
    for case in cases:
        assert masked_counts(case["tokens"], case["steps"]) == case["masked"]
    assert len(cases) > 5
    for steps in (0, 17, 300):
        with pytest.raises(ValueError, match="Decoding steps"):
            masked_counts(16, steps)


def test_the_temperature_is_linear_and_ends_at_zero():
    found = [remasking_temperature(2.0, step, 4) for step in range(4)]
    assert found == [1.5, 1.0, 0.5, 0.0]


def test_gumbel_noise_has_its_distribution():
    drawn = gumbel(3, np.arange(200)[:, None], np.arange(200)[None])
    assert abs(drawn.mean() - 0.5772) < 0.02 and abs(drawn.std() - np.pi / 6**0.5) < 0.02


def test_a_step_commits_the_most_confident_and_nothing_known():
    committed_at = torch.tensor([0, 255, 255, 255], dtype=torch.uint8)
    confidence = torch.tensor([-9.0, -1.0, -3.0, -3.0]).double()
    assert newly_committed(committed_at, confidence, 1).tolist() == [False, True, False, True]
    assert newly_committed(committed_at, confidence, 0).tolist() == [False, True, True, True]


def test_an_inverse_transform_draws_each_code_over_its_share():
    logits = torch.log(torch.tensor([0.1, 0.6, 0.3])).expand(1, 5, 3)
    drawn, log_probability = inverse_transform(logits, torch.tensor([[0.05, 0.11, 0.69, 0.71, 0.9999999]]))
    assert drawn.tolist() == [[0, 1, 1, 2, 2]]
    torch.testing.assert_close(log_probability.exp(), torch.tensor([[0.1, 0.6, 0.6, 0.3, 0.3]]))


@torch.no_grad()
def plain_probabilities(text: tuple[int, ...], tokens: torch.Tensor, scale: float) -> torch.Tensor:
    """(N, K) guided probabilities from whole rows, without a cache."""
    model = tiny_showo()
    rows = torch.stack([model.layout.text_row(text), model.layout.text_row([])])
    ids = model.layout.rows(rows, tokens.expand(2, -1))
    logits = model(ids, model.layout.attention(ids))[:, model.layout.image, 210:274]
    return ((1 + scale) * logits[0] - scale * logits[1]).softmax(-1)


@pytest.mark.parametrize("scale", [0.0, 1.75])
def test_a_step_equals_the_uncached_forward_pass(scale: float):
    steps = StepModel(tiny_showo(), slots=3, guidance_scale=scale)
    source = torch.Generator().manual_seed(0)
    for texts in (PROMPTS[:2], PROMPTS[2:], PROMPTS[1:3]):  # slots change hands, and room is made for a longer prompt
        tokens = torch.randint(0, 65, (len(texts), 16), generator=source)
        tokens[:, ::2] = 64
        uniform = torch.rand(len(texts), 16, generator=source)
        drawn, log_probability = steps.draw(texts, tokens, uniform)
        for row, text in enumerate(texts):
            probabilities = plain_probabilities(text, tokens[row], scale)
            masked = tokens[row] == 64
            expected = (probabilities.cumsum(-1) <= uniform[row].unsqueeze(-1)).sum(-1)
            assert torch.equal(drawn[row][masked], expected[masked])
            assert torch.equal(drawn[row][~masked], tokens[row][~masked])
            own = probabilities.gather(-1, expected.unsqueeze(-1)).squeeze(-1).log()
            torch.testing.assert_close(log_probability[row][masked], own[masked], atol=1e-4, rtol=0)


def test_a_step_is_one_graph_of_fixed_shapes_whatever_the_slots_hold(monkeypatch: pytest.MonkeyPatch):
    graphs: list[int] = []

    def count(graph: torch.fx.GraphModule, inputs: list[object]) -> object:
        graphs.append(len(inputs))
        return graph.forward

    whole = torch.compile

    def counted(step: object, mode: str, **how: object) -> object:
        assert mode == "reduce-overhead" and how == {"fullgraph": True, "dynamic": False}
        return whole(step, backend=count, **how)

    monkeypatch.setattr(torch, "compile", counted)
    compiled = StepModel(tiny_showo(), slots=3, guidance_scale=1.75, compile_mode="reduce-overhead")
    plain = StepModel(tiny_showo(), slots=3, guidance_scale=1.75)
    for texts in (PROMPTS[:2], PROMPTS[1:3], PROMPTS[:1]):
        tokens = torch.randint(0, 65, (len(texts), 16), generator=torch.Generator().manual_seed(len(texts)))
        uniform = torch.full((len(texts), 16), 0.4)
        drawn, log_probability = compiled.draw(texts, tokens, uniform)
        expected, its_own = plain.draw(texts, tokens, uniform)
        assert torch.equal(drawn, expected)
        torch.testing.assert_close(log_probability, its_own, atol=1e-5, rtol=0)
    assert len(graphs) == 1


def test_a_candidate_is_the_same_in_any_company():
    wanted = [(text, seed) for text in PROMPTS for seed in (1, 2)]
    together = {(path.text, path.seed): path for path in ShowoSampler(tiny_showo(), SETTINGS, 3).sample(wanted)}
    assert len(together) == len(wanted)
    for text, seed in wanted[::3]:
        (alone,) = ShowoSampler(tiny_showo(), SETTINGS, 3).sample([(text, seed)])
        assert torch.equal(alone.tokens, together[text, seed].tokens)
        assert torch.equal(alone.committed_at, together[text, seed].committed_at)
    images = {tuple(path.tokens.tolist()) for path in together.values()}
    assert len(images) == len(wanted)


def committed_path_by_path(text: tuple[int, ...], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A path as the sampler took it before it took all slots at once: numbers and commits of one path, on the CPU."""
    steps = StepModel(tiny_showo(), 3, SETTINGS.guidance_scale)
    counts, places = masked_counts(16, SETTINGS.steps), np.arange(16)
    tokens, committed_at = torch.full((16,), 64), torch.full((16,), 255, dtype=torch.uint8)
    for step in range(SETTINGS.steps):
        uniform = torch.from_numpy(randomness.uniform(seed, step, places, randomness.TOKEN_DRAW)).float()
        drawn, certainty = (one[0] for one in steps.draw([text], tokens[None], uniform[None]))
        noise = remasking_temperature(SETTINGS.temperature, step, SETTINGS.steps)
        confidence = certainty.double() + noise * torch.from_numpy(randomness.gumbel(seed, step, places))
        known = committed_at != 255
        order = confidence.masked_fill(known, torch.inf).argsort(stable=True)
        stays = torch.zeros_like(known).index_fill(0, order[: counts[step + 1]], True)
        fresh = ~stays & ~known
        tokens, committed_at = torch.where(fresh, drawn, tokens), committed_at.masked_fill(fresh, step)
    return tokens, committed_at


def test_all_slots_at_once_commit_what_each_path_alone_did():
    wanted = [(text, seed) for text in PROMPTS[:3] for seed in (1, 2**32 - 1)]
    for path in ShowoSampler(tiny_showo(), SETTINGS, 3).sample(wanted):
        tokens, committed_at = committed_path_by_path(path.text, path.seed)
        assert torch.equal(path.tokens, tokens) and torch.equal(path.committed_at, committed_at)
        assert path.committed_at.dtype == torch.uint8
        wanted.remove((path.text, path.seed))
    assert not wanted


def test_a_path_ends_whole_and_by_the_schedule():
    sampler = ShowoSampler(tiny_showo(), SETTINGS, 2)
    path = sampler.open(PROMPTS[0], 4)
    for step in range(SETTINGS.steps):
        before = path.tokens.clone()
        sampler.advance([path])
        assert int((path.tokens == 64).sum()) == sampler.counts[step + 1]
        assert torch.equal(path.tokens[before != 64], before[before != 64])
    assert path.predicted is not None and torch.equal(path.tokens, path.predicted)
    assert sorted(set(path.committed_at.tolist())) == list(range(SETTINGS.steps))
    assert sampler.function_evaluations == 2 * SETTINGS.steps
    with pytest.raises(ValueError, match="no steps left"):
        sampler.advance([path])


def test_every_step_draws_with_numbers_of_its_own(monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[object, ...]] = []
    uniform = randomness.uniform

    def listened(seed: object, step: object, position: object, stream: object) -> np.ndarray:
        asked.append((int(np.asarray(seed).item()), stream, int(np.asarray(step).item())))
        return uniform(seed, step, position, stream)

    monkeypatch.setattr(randomness, "uniform", listened)
    sampler = ShowoSampler(tiny_showo(), SETTINGS, 2)
    path: Path = sampler.open(PROMPTS[1], 8)
    for _ in range(SETTINGS.steps):
        sampler.advance([path])
    streams = (randomness.TOKEN_DRAW, randomness.GUMBEL)
    assert asked == [(8, stream, step) for step in range(SETTINGS.steps) for stream in streams]


def test_bfloat16_draws_what_float32_draws_but_for_rounding():
    halved = tiny_showo().__class__(tiny_showo().config)
    halved.load_state_dict(tiny_showo().state_dict())
    steps = [StepModel(model, 2, 1.75) for model in (tiny_showo(), halved.to(torch.bfloat16).eval())]
    tokens = torch.full((2, 16), 64)
    uniform = torch.rand(2, 16, generator=torch.Generator().manual_seed(1))
    (exact, confidence), (rounded, close) = (step.draw(PROMPTS[:2], tokens, uniform) for step in steps)
    same = exact == rounded
    assert same.float().mean() > 0.8
    torch.testing.assert_close(close[same], confidence[same], atol=0.2, rtol=0)


def test_what_cannot_run_is_refused():
    with pytest.raises(ValueError, match="slot"):
        StepModel(tiny_showo(), 0, 1.0)
    with pytest.raises(ValueError, match="compile mode"):
        StepModel(tiny_showo(), 1, 1.0, "fastest")
    with pytest.raises(ValueError, match="2 paths"):
        StepModel(tiny_showo(), 1, 1.0).draw(PROMPTS[:2], torch.full((2, 16), 64), torch.zeros(2, 16))
