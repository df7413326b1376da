"""Reward guidance: a term of the loss that raises a judge's P(yes) on freshly drawn images.

arXiv 2501.13926, section 3.3, adds such a term; as released its gradient is zero, because the images are drawn and
judged without one. Here it is real, in one of two ways:

- `straight-through`, for a judge that can be differentiated: from a state midway, every token still masked is drawn
  at once; the judge reads the drawn tokens, and the gradient goes back through the probabilities they were drawn from
  (straight-through Gumbel-softmax: Jang et al. 2016, arXiv 1611.01144). Loss -log P(yes), as in the paper.
- `score-function`, for any judge: whole images are drawn, and each image's log-likelihood along its own path is
  weighted by its reward less the mean reward of the other images of its prompt (REINFORCE with a leave-one-out
  baseline: Kool et al. 2019; Ahmadian et al. 2024, arXiv 2402.14740).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.objective.masked_likelihood import MaskedGenerator, places_of, scored_log_probabilities
from espalier_torch.objective.masked_tokens import TokenSizes
from espalier_torch.objective.masks import Draws, MaskSettings, own_path_masks
from espalier_torch.objective.objective import Guide, Term
from espalier_torch.objective.sampling import SamplerSettings, Samples, gumbel, sample
from espalier_torch.runtime import randomness

JudgeLogits = Callable[[Tensor, Tensor], Tensor]
"""(B, T) words and (B, N) tokens, or (B, N, codes) weights of the codes, to (B,) logits of "yes"."""


@dataclass(frozen=True)
class GuidanceSettings:
    """What is drawn for the guidance term.

    kind: a key of GUIDANCE_KINDS. prompts: captions an optimizer step. images: drawn for each caption
    (`score-function` compares them). draws: steps of each image's path that are scored (`score-function`).
    seed: unsigned 32-bit integer.
    """

    kind: str
    prompts: int
    images: int
    draws: int
    seed: int
    sampler: SamplerSettings


@dataclass(frozen=True)
class Drawn:
    """Captions of a step, repeated for their images: text (B, T), seeds (B,), images of one caption side by side.

    moment: share (0..1) of the path after which `straight-through` completes the image. captions: how many there are.
    """

    text: Tensor
    seeds: np.ndarray
    moment: float
    captions: int


def draw_prompts(texts: Tensor, settings: GuidanceSettings, step: int) -> Drawn:
    """The captions of an optimizer step: another random choice of `texts` (P, T) at each step, without repetition."""
    order = randomness.bits(settings.seed, step, np.arange(len(texts)), randomness.GUIDANCE).argsort(kind="stable")
    chosen = np.sort(order[: settings.prompts])
    places = np.arange(len(chosen) * settings.images)
    seeds = randomness.bits(settings.seed ^ 0x5EED, step, places, randomness.GUIDANCE)
    moment = float(randomness.uniform(settings.seed, step, len(texts), randomness.GUIDANCE))
    repeated = texts[torch.from_numpy(chosen)].repeat_interleave(settings.images, 0)
    return Drawn(repeated, seeds, moment, len(chosen))


def straight_through(
    model: MaskedGenerator, judge: JudgeLogits, drawn: Drawn, settings: GuidanceSettings, mask_id: int, tokens: int
) -> Term:
    """-log P(yes) of images completed at once from a state midway, with a gradient through the tokens drawn."""
    until = int(drawn.moment * settings.sampler.steps)
    state = sample(
        model, drawn.text, drawn.seeds, mask_id=mask_id, tokens=tokens, settings=settings.sampler, until=until
    )
    masked = state.tokens == mask_id
    logits = model.head(model.hidden_at(drawn.text, state.tokens, places_of(masked))).float()
    noise = token_noise(drawn.seeds, until, tokens, logits.shape[-1]).to(logits.device)[masked]
    soft = torch.softmax(logits + noise, -1)
    hard = F.one_hot(soft.argmax(-1), logits.shape[-1]).to(soft)
    known = F.one_hot(torch.where(masked, 0, state.tokens), logits.shape[-1]).to(soft)
    mixed = known.masked_scatter(masked.unsqueeze(-1), hard + soft - soft.detach())
    answers = judge(drawn.text, mixed)
    return Term(-F.logsigmoid(answers).mean(), torch.sigmoid(answers).mean().item())


def token_noise(seeds: np.ndarray, step: int, tokens: int, codes: int) -> Tensor:
    """(B, N, codes) Gumbel numbers, from each image's seed alone."""
    return gumbel(seeds, randomness.GUIDANCE_STEP + step, tokens * codes).unflatten(1, (tokens, codes))


def score_function(
    model: MaskedGenerator, judge: JudgeLogits, drawn: Drawn, settings: GuidanceSettings, mask_id: int, tokens: int
) -> Term:
    """Log-likelihoods of whole images, weighted by how far each image's reward is above its siblings'."""
    images = sample(model, drawn.text, drawn.seeds, mask_id=mask_id, tokens=tokens, settings=settings.sampler)
    with torch.no_grad():
        rewards = torch.sigmoid(judge(drawn.text, images.tokens)).unflatten(0, (-1, settings.images))
    others = (rewards.sum(1, keepdim=True) - rewards) / (settings.images - 1)
    advantages = (rewards - others).flatten()
    likelihoods = path_log_likelihoods(model, drawn, images, settings, mask_id)
    return Term(-(advantages * likelihoods).mean(), rewards.mean().item())


def path_log_likelihoods(
    model: MaskedGenerator, drawn: Drawn, images: Samples, settings: GuidanceSettings, mask_id: int
) -> Tensor:
    """(B,) estimates of each image's log-likelihood along the path it was drawn on."""
    masks = MaskSettings(policy="own-path", draws=settings.draws, seed=settings.seed)
    places = torch.from_numpy(drawn.seeds.astype(np.int64))
    found = own_path_masks(Draws(masks, 0, places, 0), images.committed_at.cpu())
    rows = [tensor.repeat_interleave(settings.draws, 0) for tensor in (drawn.text, images.tokens)]
    device = drawn.text.device
    sums = scored_log_probabilities(
        model, *rows, found.hidden.flatten(0, 1).to(device), found.scored.flatten(0, 1).to(device), mask_id
    )
    return (found.weights.to(device) * sums.unflatten(0, found.weights.shape)).mean(1)


GUIDANCE_KINDS = {"straight-through": straight_through, "score-function": score_function}


@dataclass(frozen=True)
class TokenGuide(Guide[Drawn]):
    """A frozen judge that guides a masked-token generator, and how the images it looks at are drawn.

    question: place of the question asked among the judge's answers. sizes: of the generator under training.
    """

    judge: nn.Module
    identity: str
    question: int
    settings: GuidanceSettings
    sizes: TokenSizes

    def draw(self, texts: Tensor, step: int) -> Drawn:
        """As Guide.draw."""
        return draw_prompts(texts, self.settings, step)

    def term(self, model: MaskedGenerator, drawn: Drawn, captions: Tensor) -> Term:
        """As Guide.term."""
        device, images = next(self.judge.parameters()).device, self.settings.images
        rows = (captions.unsqueeze(1) * images + torch.arange(images)).flatten()
        mine = Drawn(drawn.text[rows].to(device), drawn.seeds[rows.numpy()], drawn.moment, len(captions))
        kind = GUIDANCE_KINDS[self.settings.kind]
        return kind(model, self.logits, mine, self.settings, self.sizes.codebook_size, self.sizes.tokens)

    def logits(self, text: Tensor, tokens: Tensor) -> Tensor:
        """As JudgeLogits."""
        return self.judge(text, tokens)[:, self.question]
