"""A pairs file written by TypeScript opens with Hugging Face ``datasets``, images decoded.

The sample comes from ``npx tsx scripts/build/pairs-sample.ts``; vitest writes it again and compares.
"""

import datasets
import pytest
from conftest import REPOSITORY

SAMPLE = REPOSITORY / "test" / "contract" / "pairs.arrow"


@pytest.fixture(scope="module")
def pairs() -> datasets.Dataset:
    return datasets.Dataset.from_file(str(SAMPLE))


def test_every_column_has_its_type(pairs: datasets.Dataset) -> None:
    value, image = datasets.Value, datasets.Image()
    expected = {
        **{name: value("string") for name in ("pair_id", "prompt", "tag", "chosen_id", "rejected_id")},
        "text": datasets.Sequence(value("uint16"), length=8),
        **{f"{side}_tokens": datasets.Sequence(value("uint16"), length=64) for side in ("chosen", "rejected")},
        **{f"{side}_committed_at": datasets.Sequence(value("uint8"), length=64) for side in ("chosen", "rejected")},
        **{name: value("float64") for name in ("chosen_score", "rejected_score", "margin")},
        **{f"{side}_seed": value("uint32") for side in ("chosen", "rejected")},
        **{side: image for side in ("chosen", "rejected")},
    }
    assert dict(pairs.features) == expected


def test_images_come_decoded(pairs: datasets.Dataset) -> None:
    colors = [[row[side].convert("RGB").getpixel((63, 0)) for side in ("chosen", "rejected")] for row in pairs]
    assert [row["chosen"].size for row in pairs] == [(64, 64), (64, 64)]
    assert colors == [[(220, 40, 40), (40, 40, 220)], [(40, 200, 40), (240, 200, 40)]]


def test_values_arrive_unchanged(pairs: datasets.Dataset) -> None:
    first, second = pairs
    assert first["prompt"] == "a photo of a red circle"
    assert (first["tag"], second["tag"]) == ("colors", "")
    assert first["text"] == [1, 2, 3, 0, 0, 0, 0, 0]
    assert first["chosen_tokens"] == [(16 * index + 7) % 1024 for index in range(64)]
    assert first["rejected_committed_at"] == [index % 12 for index in range(64)]
    assert (first["chosen_score"], first["rejected_score"], first["margin"]) == (0.9375, 0.125, 0.8125)
    assert (second["chosen_seed"], second["rejected_seed"]) == (2**32 - 1, 2**32 - 2)
