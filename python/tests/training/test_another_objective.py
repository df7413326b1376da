"""Training knows a family by its objective alone: one without masks and draws trains and resumes as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from conftest import StopAfter, of_kind, steps_of
from torch import Tensor, nn

from espalier_torch.data.pairs import Pairs
from espalier_torch.families.bundled import family
from espalier_torch.families.bundled.generator import GeneratorConfig
from espalier_torch.objective.objective import Objective, PairLogLikelihoods
from espalier_torch.runtime.stopping import Stopped

Rows = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class ExactTokens(Objective[Rows]):
    """Every token apart from the others, given the caption: exact, without a draw."""

    config: GeneratorConfig
    device: torch.device

    def refuse_strange(self, pairs: Pairs) -> None:
        assert pairs.chosen_tokens.shape[1] == self.config.tokens

    def rows(self, pairs: Pairs, indices: Tensor, table: int) -> Rows:
        return pairs.text[indices], pairs.chosen_tokens[indices], pairs.rejected_tokens[indices]

    def log_likelihoods(self, model: nn.Module, rows: Rows) -> PairLogLikelihoods:
        text, *sides = rows
        unknown = torch.full_like(sides[0], self.config.codebook_size)
        found = model.head(model.hidden(text, unknown)).log_softmax(-1)
        sums = [found.gather(-1, tokens.unsqueeze(-1)).sum((1, 2)) for tokens in sides]
        lengths = torch.full_like(sums[0], self.config.tokens)
        return PairLogLikelihoods(*sums, lengths, lengths)

    def token_metrics(self, model: nn.Module, rows: Rows) -> dict[str, float]:
        return {}

    def sample(self, model: nn.Module, text: Tensor, seeds: Sequence[int]) -> Tensor:
        unknown = torch.full((len(text), self.config.tokens), self.config.codebook_size)
        return model.head(model.hidden(text, unknown)).argmax(-1)

    def without_dropout(self) -> "ExactTokens":
        return self

    def draws(self) -> dict[str, Any]:
        return {"draws": "none"}

    @property
    def tokens_a_pair(self) -> int:
        return 2 * self.config.tokens

    @property
    def guessing_cost(self) -> float:
        return 3.0


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(family, "objective", lambda request, config, device: ExactTokens(config, device))


def test_an_exact_objective_learns_the_pairs(request_of, trained):
    _, events = trained(request_of(steps=8, sample_every=8, sample_prompts=2))
    first, *_, last = steps_of(events)
    assert first["rewards/margins"] == 0 < last["rewards/margins"]
    assert "entropy" not in first
    assert [len(event["tokens"]) for event in of_kind(events, "samples-end")] == [2, 2]


def test_it_resumes_exactly(request_of, trained):
    whole, _ = trained(request_of("whole", steps=6, checkpoint_every=2))
    with pytest.raises(Stopped):
        trained(request_of("broken", steps=6, checkpoint_every=2), StopAfter(3))
    broken, _ = trained(request_of("broken", steps=6, checkpoint_every=2))
    assert broken["identity"] == whole["identity"]
