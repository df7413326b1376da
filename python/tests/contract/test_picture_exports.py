"""Pairs of pictures of any size and format leave every layout with the bytes they came with, and open with its reader.

The samples come from ``npx tsx scripts/build/export-samples.ts``; vitest writes them again and compares.
"""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import pandas
import pytest
import webdataset
from conftest import REPOSITORY
from PIL import Image

EXPORTS = REPOSITORY / "test" / "contract" / "exports" / "pictures"
PICTURES = REPOSITORY / "test" / "fixtures" / "exchange" / "pictures"
SIZES = {"wide.png": (40, 24), "tall.jpg": (24, 40), "square.webp": (32, 32)}
FOX = "ein Fuchs im Schnee,\nvon hinten"
PAIRS = [("a photo of a cat", "wide.png", "tall.jpg"), (FOX, "square.webp", "wide.png")]
TIE = ("a red cup", "tall.jpg", "square.webp")
TURNED = ("two red cups", "tall.jpg", "wide.png")

Pair = tuple[str, bytes, bytes]


def undecoded(table: datasets.Dataset) -> datasets.Dataset:
    """The same with the bytes of its images; each of them opens as a picture of a known size."""
    for name, feature in table.features.items():
        if isinstance(feature, datasets.Image):
            assert {image.size for image in table[name]} <= set(SIZES.values())
            table = table.cast_column(name, datasets.Image(decode=False))
    return table


def content(image: dict[str, Any]) -> bytes:
    return image["bytes"] or Path(image["path"]).read_bytes()


def rows_of(table: datasets.Dataset) -> Iterator[Pair]:
    for row in undecoded(table):
        yield row["prompt"], content(row["chosen"]), content(row["rejected"])


def loaded(kind: str, cache: Path, **where: str) -> datasets.Dataset:
    return datasets.load_dataset(kind, split="train", cache_dir=cache, **where)


def house_arrow(_: Path) -> Iterator[Pair]:
    return rows_of(datasets.Dataset.from_file(str(EXPORTS / "arrow.arrow")))


def saved_to_disk(_: Path) -> Iterator[Pair]:
    return rows_of(datasets.load_from_disk(EXPORTS / "save-to-disk"))


def parquet(cache: Path) -> Iterator[Pair]:
    return rows_of(loaded("parquet", cache, data_files=str(EXPORTS / "parquet.parquet")))


def trl(cache: Path) -> Iterator[Pair]:
    return rows_of(loaded("parquet", cache, data_files=str(EXPORTS / "trl.parquet")))


def imagefolder(cache: Path) -> Iterator[Pair]:
    return rows_of(loaded("imagefolder", cache, data_dir=str(EXPORTS / "imagefolder")))


def pick_a_pic(_: Path) -> Iterator[Pair]:
    return in_order(pandas.read_parquet(EXPORTS / "pick-a-pic.parquet").to_dict("records"))


def diffusers_dpo(cache: Path) -> Iterator[Pair]:
    return in_order(loaded(str(EXPORTS / "diffusers-dpo"), cache))


def in_order(rows: Any) -> Iterator[Pair]:
    for row in rows:
        images = [row["jpg_0"], row["jpg_1"]]
        if row["label_0"] == 0:
            images = images[::-1]
        yield row["caption"], images[0], images[1]


def web_dataset(_: Path) -> Iterator[Pair]:
    shards = [str(file) for file in sorted((EXPORTS / "webdataset").iterdir())]
    for raw, sample in zip(
        webdataset.WebDataset(shards, shardshuffle=False),
        webdataset.WebDataset(shards, shardshuffle=False).decode("pil"),
        strict=True,
    ):
        assert sample["jpg_0.jpg"].size in SIZES.values()
        yield sample["original_prompt.txt"], raw["jpg_0.jpg"], raw["jpg_1.jpg"]


def flow_factory(_: Path) -> Iterator[Pair]:
    for record in lines(EXPORTS / "flow-factory" / "train.jsonl"):
        supervision = record["supervision"]
        paths = [supervision[side]["media"][0]["path"] for side in ("chosen", "rejected")]
        chosen, rejected = [(EXPORTS / "flow-factory" / path).read_bytes() for path in paths]
        yield record["input"]["prompt"], chosen, rejected


def verl_omni(_: Path) -> Iterator[Pair]:
    folder = EXPORTS / "verl-omni"
    for row in pandas.read_json(folder / "train.jsonl", lines=True).itertuples():
        assert row.win_score >= row.lose_score, "its OfflineDPODataset refuses the row"
        yield row.extra_info["raw_prompt"], (folder / row.img_win).read_bytes(), (folder / row.img_lose).read_bytes()


def json_lines(_: Path) -> Iterator[Pair]:
    folder = EXPORTS / "jsonl"
    for line in lines(folder / "pairs.jsonl"):
        chosen, rejected = line.get("images") or (line["chosen"], line["rejected"])
        yield line["prompt"], (folder / chosen).read_bytes(), (folder / rejected).read_bytes()


def lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as opened:
        yield from map(json.loads, opened)


KEEPS_TIES = [house_arrow, saved_to_disk, parquet, imagefolder, pick_a_pic, verl_omni, json_lines]
WITHOUT_TIES = [trl, diffusers_dpo, web_dataset, flow_factory]


def test_every_layout_is_tried() -> None:
    assert len(list(EXPORTS.iterdir())) == len(KEEPS_TIES) + len(WITHOUT_TIES)


@pytest.mark.parametrize("read", [*KEEPS_TIES, *WITHOUT_TIES], ids=lambda read: read.__name__)
def test_pictures_keep_their_bytes(read: Callable[[Path], Iterator[Pair]], tmp_path: Path) -> None:
    found = list(read(tmp_path))
    expected = [*PAIRS, *([TIE] if read in KEEPS_TIES else []), TURNED]
    for (prompt, *images), (own_prompt, *files) in zip(found, expected, strict=True):
        assert prompt == own_prompt
        got = [(PICTURES / file).read_bytes() for file in files]
        assert images == got or (own_prompt == TIE[0] and images == got[::-1])
        for image, file in zip(got, files, strict=True):
            assert Image.open(io.BytesIO(image)).size == SIZES[file]
