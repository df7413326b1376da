"""The torch sampler keeps the schedule of the Node sampler, and an image depends on its own seed alone."""

import json

import numpy as np
import torch
from conftest import CODES, REPOSITORY, TOKENS, WORDS, tiny_generator

from espalier_torch.data.pairs import NEVER_COMMITTED
from espalier_torch.objective.sampling import SamplerSettings, masked_counts, sample

SCHEDULE = json.loads((REPOSITORY / "test/contract/schedule.json").read_text())
TEXT = torch.randint(1, WORDS, (5, 8), generator=torch.Generator().manual_seed(2))
SEEDS = np.arange(5) + 70


def drawn(rows=slice(None), **more):
    settings = SamplerSettings(steps=6, guidance_scale=1.0)
    return sample(tiny_generator(), TEXT[rows], SEEDS[rows], mask_id=CODES, tokens=TOKENS, settings=settings, **more)


def test_an_image_depends_on_its_seed_and_caption_alone():
    whole, part = drawn(), drawn(slice(1, 3))
    assert torch.equal(whole.tokens[1:3], part.tokens)
    assert torch.equal(whole.committed_at[1:3], part.committed_at)
    assert len(torch.unique(whole.tokens, dim=0)) == 5


def test_every_step_commits_what_the_schedule_says():
    counts = masked_counts(TOKENS, 6)
    whole = drawn()
    assert (whole.tokens < CODES).all()
    for step in range(6):
        state = drawn(until=step)
        assert ((state.tokens == CODES).sum(-1) == counts[step]).all()
        assert torch.equal(state.committed_at == NEVER_COMMITTED, state.tokens == CODES)
        assert torch.equal(whole.committed_at >= step, state.tokens == CODES)
