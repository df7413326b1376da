"""Node and Python draw the same numbers from the same counters."""

import json

import numpy as np
import torch
from conftest import REPOSITORY

from espalier_torch.runtime import device_randomness, randomness
from espalier_torch.runtime.randomness import permutation, uniform

SAMPLES = json.loads((REPOSITORY / "test/contract/randomness.json").read_text())


def test_the_shared_sample_is_drawn_exactly():
    assert len(SAMPLES) > 50
    for sample in SAMPLES:
        drawn = uniform(sample["seed"], sample["step"], sample["position"], sample["stream"])
        assert float(drawn) == sample["value"], sample


def test_whole_arrays_are_drawn_as_single_numbers_are():
    seeds, positions = np.arange(5), np.arange(64)
    drawn = uniform(seeds[:, None], 3, positions[None], 1)
    assert drawn.shape == (5, 64)
    assert all(drawn[seed, position] == uniform(seed, 3, position, 1) for seed in seeds for position in positions)


def test_numbers_are_even_and_unrelated_between_neighbours():
    drawn = uniform(np.arange(200)[:, None], 0, np.arange(200)[None], 0)
    assert abs(drawn.mean() - 0.5) < 0.01
    assert abs(drawn.std() - 12**-0.5) < 0.01
    assert abs(np.corrcoef(drawn[:, :-1].ravel(), drawn[:, 1:].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(drawn[:-1].ravel(), drawn[1:].ravel())[0, 1]) < 0.02


def test_a_permutation_holds_every_index_once_and_changes_with_the_epoch():
    first, second = permutation(100, 7, 0), permutation(100, 7, 1)
    assert sorted(first.tolist()) == list(range(100))
    assert first.tolist() != second.tolist()
    assert first.tolist() == permutation(100, 7, 0).tolist()


def test_numbers_made_on_a_device_are_the_same():
    seeds, steps = torch.tensor([0, 7, 2**32 - 1]), torch.tensor([0, 17, 250])
    columns = (seeds.numpy()[:, None], steps.numpy()[:, None], np.arange(50)[None])
    for stream in (randomness.TOKEN_DRAW, randomness.GUMBEL):
        known = randomness.bits(*columns, stream).astype(np.int64)
        made = device_randomness.bits(seeds[:, None], steps[:, None], torch.arange(50)[None], stream)
        assert np.array_equal(made.numpy(), known)
        assert np.array_equal(device_randomness.uniform(seeds, steps, 50, stream), randomness.uniform(*columns, stream))
    assert np.array_equal(device_randomness.gumbel(seeds, steps, 50), randomness.gumbel(*columns))
    elsewhere = torch.empty(3, 50, device="meta")
    assert device_randomness.gumbel(seeds.to("meta"), steps.to("meta"), 50).shape == elsewhere.shape
