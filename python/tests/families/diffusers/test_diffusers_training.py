"""Diffusion-DPO of diffusers' pipelines: what it learns, what it leaves, and who can open that."""

import json

import numpy as np
import pytest
import torch
from conftest import StopAfter, of_kind, steps_of
from safetensors.torch import load_file

pytest.importorskip("diffusers")  # It needs Python 3.11.

from diffusers import UNet2DConditionModel
from picture_requests import picture_request, write_colour_pairs
from PIL import Image
from tiny_pipelines import NAMES, tiny_pipeline

from espalier_torch.families.diffusers.generator import DiffusersGenerator
from espalier_torch.families.diffusers.layout import LORA, pipeline_identity
from espalier_torch.families.diffusers.pipeline import architecture_of, load_pipeline
from espalier_torch.protocol.fields import RequestError
from espalier_torch.runtime.stopping import Stopped

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder of each pipeline."""
    root = tmp_path_factory.mktemp("pipelines")
    return {name: tiny_pipeline(name, root / name) for name in NAMES}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Red is preferred to blue."""
    return write_colour_pairs(tmp_path_factory.mktemp("pairs"))


def latents_of(pipeline):
    """Where a path of a pipeline ends."""
    made = DiffusersGenerator(architecture_of(pipeline), "0" * 64, steps=2, guidance_scale=1, size=(32, 32))
    paths = made.open(["a cup"], [3])
    for _ in range(2):
        paths = made.advance(paths)
    return paths[0].latents


@pytest.mark.parametrize("name", NAMES)
def test_it_learns_a_colour_and_diffusers_opens_the_result(name, folders, pairs, trained, tmp_path):
    steps = 6 if name == "flux" else 16
    learning = {"steps": steps, "learning_rate": 1e-2, "beta": 1.0, "held_out": {"share": 0.25, "every": steps}}
    record, events = trained(picture_request(folders[name], pairs, tmp_path / "one", **learning))
    first, *_, last = steps_of(events)
    assert first["rewards/margins"] == 0
    assert first["loss"] == pytest.approx(np.log(2), abs=1e-6)
    assert last["loss"] < 0.62
    assert last["rewards/accuracies"] > 0.5
    assert of_kind(events, "validation-end")[-1]["eval_rewards/accuracies"] > 0.5
    assert of_kind(events, "encode-delta")[-1] == {"event": "encode-delta", "done": 41, "total": 41}
    ours = load_pipeline(tmp_path / "one", CPU, torch.float32)
    theirs = load_pipeline(folders[name], CPU, torch.float32)
    before = latents_of(theirs)
    theirs.load_lora_weights(str(tmp_path / "one"))
    torch.testing.assert_close(latents_of(ours), latents_of(theirs), atol=1e-4, rtol=1e-4)
    assert (latents_of(ours) - before).abs().max() > 1e-3
    assert record["identity"] == pipeline_identity(tmp_path / "one")


def test_a_second_round_is_one_lora_of_both(folders, pairs, trained, tmp_path):
    steps = {"steps": 4, "learning_rate": 1e-2}
    trained(picture_request(folders["sd3"], pairs, tmp_path / "one", **steps))
    record, events = trained(picture_request(tmp_path / "one", pairs, tmp_path / "two", **steps))
    assert steps_of(events)[0]["rewards/margins"] == 0
    assert record["below"] == {"folder": folders["sd3"], "identity": pipeline_identity(folders["sd3"])}
    ranks = {one.shape[0] for name, one in load_file(tmp_path / "two" / LORA).items() if "lora_A" in name}
    assert ranks == {8}
    theirs = load_pipeline(folders["sd3"], CPU, torch.float32)
    theirs.load_lora_weights(str(tmp_path / "two"))
    ours, first = (latents_of(load_pipeline(tmp_path / name, CPU, torch.float32)) for name in ("two", "one"))
    torch.testing.assert_close(ours, latents_of(theirs), atol=1e-4, rtol=1e-4)
    assert (ours - first).abs().max() > 1e-3
    carried = picture_request(tmp_path / "one", pairs, tmp_path / "carried", adapter_base=folders["sd3"], **steps)
    _, events = trained(carried)
    assert steps_of(events)[0]["rewards/margins"] == 0
    assert {one.shape[0] for name, one in load_file(tmp_path / "carried" / LORA).items() if "lora_A" in name} == {4}
    # What was released is gone, or is another pipeline.
    about = json.loads((tmp_path / "one" / "checkpoint.json").read_text())
    about["below"]["folder"] = folders["flux"]
    (tmp_path / "one" / "checkpoint.json").write_text(json.dumps(about))
    with pytest.raises(ValueError, match="bring the pipeline back"):
        load_pipeline(tmp_path / "one", CPU, torch.float32)


def test_all_weights_are_trained_by_choice_and_more_on_them(folders, pairs, trained, tmp_path):
    steps = {"steps": 3, "learning_rate": 1e-3}
    _, events = trained(picture_request(folders["sd"], pairs, tmp_path / "whole", adapter=None, **steps))
    assert steps_of(events)[0]["rewards/margins"] == 0
    whole, base = (latents_of(load_pipeline(one, CPU, torch.float32)) for one in (tmp_path / "whole", folders["sd"]))
    assert (whole - base).abs().max() > 1e-4
    own = UNet2DConditionModel.from_pretrained(tmp_path / "whole" / "unet")
    assert own.config.cross_attention_dim == 16
    record, _ = trained(picture_request(tmp_path / "whole", pairs, tmp_path / "lora", **steps))
    assert record["below"]["folder"] == str(tmp_path / "whole")
    assert (latents_of(load_pipeline(tmp_path / "lora", CPU, torch.float32)) - whole).abs().max() > 1e-5


def test_it_resumes_exactly(folders, pairs, trained, tmp_path):
    fields = {"steps": 5, "caption_dropout": 0.3, "average_decay": 0.5, "cache": str(tmp_path / "cache")}
    whole, _ = trained(picture_request(folders["sd3"], pairs, tmp_path / "whole", **fields))
    with pytest.raises(Stopped):
        trained(picture_request(folders["sd3"], pairs, tmp_path / "broken", **fields), StopAfter(3))
    broken, events = trained(picture_request(folders["sd3"], pairs, tmp_path / "broken", **fields))
    assert of_kind(events, "encode-delta") == []
    assert broken["identity"] == whole["identity"]


def test_sample_pictures_are_drawn_of_captions_and_seeds(folders, pairs, trained, tmp_path):
    asked = {"sample_every": 2, "sample_prompts": 2, "sampler": {"steps": 2, "guidance_scale": 1.0}}
    _, events = trained(picture_request(folders["sdxl"], pairs, tmp_path / "out", steps=2, learning_rate=1e-1, **asked))
    first, last = of_kind(events, "samples-end")
    assert (first["step"], last["step"]) == (0, 2)
    assert first["prompts"] == last["prompts"] and {one[:2] for one in first["prompts"]} == {"a "}
    shown = [np.asarray(Image.open(file)) for file in (*first["pictures"], *last["pictures"])]
    assert [one.shape for one in shown] == [(32, 32, 3)] * 4
    assert (shown[0] != shown[2]).any() and (shown[0] != shown[1]).any()


def test_a_picture_that_is_gone_or_another_is_refused(folders, trained, tmp_path):
    pairs = write_colour_pairs(tmp_path / "pairs", count=4)
    picture = tmp_path / "pairs" / "chosen-2.png"
    content = picture.read_bytes()
    picture.write_bytes((tmp_path / "pairs" / "rejected-2.png").read_bytes())
    with pytest.raises(RequestError, match=r"chosen-2.png cannot be trained on: expected sha256"):
        trained(picture_request(folders["sd"], pairs, tmp_path / "out"))
    picture.unlink()
    with pytest.raises(RequestError, match=r"chosen-2.png cannot be trained on: .*No such file"):
        trained(picture_request(folders["sd"], pairs, tmp_path / "out"))
    picture.write_bytes(content)
    with pytest.raises(RequestError, match="own-path"):
        trained(picture_request(folders["sd"], pairs, tmp_path / "out", masks={"policy": "own-path"}))
    trained(picture_request(folders["sd"], pairs, tmp_path / "out", steps=1))
