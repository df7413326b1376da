"""Every export opens with the library it is made for, images decoded.

The samples come from ``npx tsx scripts/build/export-samples.ts``; vitest writes them again and compares.
"""

import io
import json
from pathlib import Path

import datasets
import pandas
import pyarrow.parquet
import pytest
import webdataset
from conftest import REPOSITORY
from PIL import Image

EXPORTS = REPOSITORY / "test" / "contract" / "exports"
SIDE = 64


def parquet(name: str, cache: Path) -> datasets.Dataset:
    """Opens a Parquet file as ``load_dataset`` does for a repository of the Hub."""
    return datasets.load_dataset("parquet", data_files=str(EXPORTS / f"{name}.parquet"), split="train", cache_dir=cache)


@pytest.fixture(scope="module")
def house() -> datasets.Dataset:
    return datasets.Dataset.from_file(str(EXPORTS / "arrow.arrow"))


def pixels(image: Image.Image) -> bytes:
    assert image.size == (SIDE, SIDE)
    return image.convert("RGB").tobytes()


def test_a_saved_folder_is_the_house_file(house: datasets.Dataset) -> None:
    saved = datasets.load_from_disk(EXPORTS / "save-to-disk")
    assert saved.features == house.features
    assert len(saved) == 3
    for one, other in zip(saved, house, strict=True):
        assert pixels(one.pop("chosen")) == pixels(other.pop("chosen"))
        assert pixels(one.pop("rejected")) == pixels(other.pop("rejected"))
        assert one == other


def test_parquet_shows_images_and_keeps_every_value(house: datasets.Dataset, tmp_path: Path) -> None:
    table = parquet("parquet", tmp_path)
    assert {name for name, feature in table.features.items() if isinstance(feature, datasets.Image)} == {
        "chosen",
        "rejected",
    }
    assert set(table.column_names) == set(house.column_names)
    for one, other in zip(table, house, strict=True):
        for side in ("chosen", "rejected"):
            assert pixels(one.pop(side)) == pixels(other.pop(side))
        assert one == other


def test_parquet_follows_the_conventions_of_the_hub() -> None:
    for name, images in {"parquet": 2, "trl": 2, "pick-a-pic": 0}.items():
        schema = pyarrow.parquet.read_schema(EXPORTS / f"{name}.parquet")
        features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        assert list(features) == schema.names
        shown = [column for column, feature in features.items() if feature["_type"] == "Image"]
        assert len(shown) == images
        for column in shown:
            assert {field.name for field in schema.field(column).type} == {"bytes", "path"}


def test_pick_a_pic_rows_are_what_diffusion_dpo_reads() -> None:
    frame = pandas.read_parquet(EXPORTS / "pick-a-pic.parquet")
    assert {"caption", "jpg_0", "jpg_1", "label_0", "label_1", "best_image_uid"} <= set(frame.columns)
    assert sorted(frame.label_0)[1] in (0.0, 0.5, 1.0)
    assert (frame.label_0 + frame.label_1).tolist() == [1.0, 1.0, 1.0]
    assert (frame.label_0 == 0.5).sum() == 1
    for row in frame.itertuples():
        assert len({pixels(Image.open(io.BytesIO(row.jpg_0))), pixels(Image.open(io.BytesIO(row.jpg_1)))}) == 2
        best = {1.0: row.image_0_uid, 0.0: row.image_1_uid, 0.5: "tie"}[row.label_0]
        assert row.best_image_uid == best


def test_diffusers_scripts_see_the_chosen_image_first(house: datasets.Dataset, tmp_path: Path) -> None:
    """As preprocess_train of train_diffusion_dpo.py: images from bytes, the second first where label_0 is 0."""
    table = datasets.load_dataset(str(EXPORTS / "diffusers-dpo"), split="train", cache_dir=tmp_path)
    kept = [house[0], house[2]]
    assert table["caption"][:] == [row["prompt"] for row in kept]
    assert set(table["label_0"][:]) <= {0.0, 1.0}
    for row, own in zip(table, kept, strict=True):
        images = [pixels(Image.open(io.BytesIO(row[column]))) for column in ("jpg_0", "jpg_1")]
        if row["label_0"] == 0:
            images = images[::-1]
        assert images == [pixels(own["chosen"]), pixels(own["rejected"])]


def test_flow_factory_records_have_the_keys_of_its_schema_and_no_others(house: datasets.Dataset) -> None:
    """Its DatasetRecordV2 forbids other keys and types, its loader blank lines; paths are relative to the folder."""
    folder = EXPORTS / "flow-factory"
    lines = (folder / "train.jsonl").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    for record, own in zip(map(json.loads, lines), [house[0], house[2]], strict=True):
        assert set(record) == {"schema_version", "input", "supervision", "metadata"}
        assert record["schema_version"] == 2
        assert record["input"] == {"prompt": own["prompt"], "media": []}
        supervision = record["supervision"]
        assert supervision.pop("type") == "preference"
        assert set(supervision) == {"chosen", "rejected"}
        for side, candidate in supervision.items():
            assert set(candidate) == {"media"}
            (media,) = candidate["media"]
            assert set(media) == {"type", "path"}
            assert media["type"] == "image"
            assert pixels(Image.open(folder / media["path"])) == pixels(own[side])
        assert record["metadata"]["chosen_score"] == own["chosen_score"]


def test_imagefolder_shows_both_images_of_a_row(house: datasets.Dataset, tmp_path: Path) -> None:
    table = datasets.load_dataset("imagefolder", data_dir=EXPORTS / "imagefolder", split="train", cache_dir=tmp_path)
    assert len(table) == 3
    for column in ("prompt", "pair_id", "chosen_score", "rejected_seed"):
        assert table[column][:] == house[column][:]
    for row, own in zip(table, house, strict=True):
        assert pixels(row["chosen"]) == pixels(own["chosen"])
        assert pixels(row["rejected"]) == pixels(own["rejected"])


def test_webdataset_shards_have_the_members_that_diffusers_renames(house: datasets.Dataset) -> None:
    """As get_dataset of train_diffusion_orpo_sdxl_lora_wds.py, and its comparison of labels with numbers."""
    members = {name: f"{name}.{'jpg' if name.startswith('jpg') else 'txt'}" for name in ("jpg_0", "jpg_1", "label_0")}
    shards = [str(file) for file in sorted((EXPORTS / "webdataset").iterdir())]
    samples = webdataset.WebDataset(shards, shardshuffle=False).decode("pil")
    renamed = samples.rename(original_prompt="original_prompt.txt", **members)
    for sample, own in zip(renamed, [house[0], house[2]], strict=True):
        images = [sample["jpg_0"], sample["jpg_1"]]
        if sample["label_0"] == 0:
            images = images[::-1]
        assert [pixels(image) for image in images] == [pixels(own["chosen"]), pixels(own["rejected"])]
        assert sample["original_prompt"] == own["prompt"]
        assert sample["__key__"] == sample["json"]["pair_id"] == own["pair_id"]
        assert sample["json"]["rejected_seed"] == own["rejected_seed"]


def test_datasets_opens_webdataset_shards_with_images(house: datasets.Dataset, tmp_path: Path) -> None:
    folder = EXPORTS / "webdataset"
    table = datasets.load_dataset("webdataset", data_dir=str(folder), split="train", cache_dir=tmp_path)
    assert table["original_prompt.txt"][:] == [house[0]["prompt"], house[2]["prompt"]]
    assert pixels(table[1]["jpg_0.jpg"]) == pixels(house[2]["chosen"])
    assert pixels(table[1]["jpg_1.jpg"]) == pixels(house[2]["rejected"])


VERL_OMNI_TENSORS = {
    *("img_win_latents", "img_lose_latents"),
    *("prompt_embeds", "prompt_embeds_mask", "pooled_prompt_embeds"),
}


def test_verl_omni_rows_are_those_of_its_preparation_without_tensors(house: datasets.Dataset) -> None:
    """As OfflineDPODataset reads them: it misses the tensors alone, and refuses a winner with the lower score."""
    folder = EXPORTS / "verl-omni"
    frame = pandas.read_json(folder / "train.jsonl", lines=True, precise_float=True)
    assert {"prompt", "img_win", "img_lose", *VERL_OMNI_TENSORS} - set(frame.columns) == VERL_OMNI_TENSORS
    assert frame.uid.tolist() == house["pair_id"][:]
    assert (frame.win_score >= frame.lose_score).all()
    assert {"data_source", "prompt", "negative_prompt", "reward_model"} <= set(frame.columns)
    assert frame.win_score.tolist() == house["chosen_score"][:]
    assert [extra["lose_seed"] for extra in frame.extra_info] == house["rejected_seed"][:]
    assert [extra["raw_prompt"] for extra in frame.extra_info] == house["prompt"][:]
    for messages, path, row in zip(frame.prompt, frame.img_win, house, strict=True):
        assert messages == [{"role": "user", "content": row["prompt"]}]
        assert pixels(Image.open(folder / path)) == pixels(row["chosen"])


def test_trl_rows_are_prompt_chosen_rejected_without_the_tie(house: datasets.Dataset, tmp_path: Path) -> None:
    table = parquet("trl", tmp_path)
    assert table.column_names == ["prompt", "chosen", "rejected"]
    assert table["prompt"][:] == [house[0]["prompt"], house[2]["prompt"]]
    assert pixels(table[1]["rejected"]) == pixels(house[2]["rejected"])


def test_json_lines_name_image_files(house: datasets.Dataset) -> None:
    folder = EXPORTS / "jsonl"
    first, tie, third = [json.loads(line) for line in (folder / "pairs.jsonl").read_text().splitlines()]
    assert set(first) == set(third) == {"prompt", "chosen", "rejected"}
    assert tie["ranks"] == [1, 1]
    assert pixels(Image.open(folder / first["chosen"])) == pixels(house[0]["chosen"])
    assert pixels(Image.open(folder / tie["images"][1])) == pixels(house[1]["rejected"])
