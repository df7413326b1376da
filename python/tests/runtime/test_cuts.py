"""What a model reads the beginning of alone is noted at each of the places that cut, and told with the next answer."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from golden_showo import written_release
from safetensors.torch import save_file
from tiny_image_reward import SIDE, written_image_reward
from tiny_verifiers import written_clip, written_text_tokenizer

from espalier_torch.detection.colors import load_color_namer
from espalier_torch.families.showo.magvit import Magvit, MagvitConfig
from espalier_torch.runtime.cut_texts import CUTS
from espalier_torch.serve import loop
from espalier_torch.serving.request_loop import Log
from espalier_torch.verifiers.reward import load_reward_judge

CPU = torch.device("cpu")
SHORT, LONG = "a red cat", "a red cat " * 40


@pytest.fixture(autouse=True)
def nothing_cut() -> Iterator[None]:
    """Each test begins, and leaves the process, with nothing noted."""
    CUTS.__init__()
    yield
    CUTS.__init__()


def told() -> list[tuple[str, str, int, str]]:
    return [(cut["what"], cut["reader"], cut["limit"], cut["text"]) for cut in CUTS.taken()]


def test_reward_models_note_the_prompts_they_cut_once(tmp_path: Path):
    pictures = torch.zeros(2, SIDE, SIDE, 3, dtype=torch.uint8)
    clip = load_reward_judge(written_clip(tmp_path / "clip"), CPU, torch.float32)
    positions = clip.reward.model.config.text_config.max_position_embeddings
    image_reward = load_reward_judge(written_image_reward(tmp_path / "image-reward"), CPU, torch.float32)
    for judge, reader, limit in ((clip, "the CLIP that scores", positions), (image_reward, "ImageReward", 35)):
        judge.ask(["outcome"], [SHORT, SHORT], pictures)
        assert told() == []
        judge.ask(["outcome"], [SHORT, LONG], pictures)
        judge.ask(["outcome"], [LONG, LONG], pictures)
        assert told() == [("prompt", reader, limit, LONG)]
        judge.ask(["outcome"], [LONG, SHORT], pictures)
        assert told() == []


def test_a_colour_wording_that_is_cut_is_noted(tmp_path: Path):
    folder = written_clip(tmp_path)
    namer, _ = load_color_namer(folder, ["red", "blue"], ["a {color} {name}"], CPU)
    namer.colors_of("cat")
    assert told() == []
    namer.colors_of(LONG)
    limit = namer.model.config.text_config.max_position_embeddings
    assert told() == [
        ("color wording", "the CLIP that names colours", limit, f"a {color} {LONG}") for color in ("red", "blue")
    ]


def test_a_workers_answers_tell_the_prompts_that_its_generator_cut(tmp_path: Path):
    save_file(
        Magvit(MagvitConfig(32, (1, 1), (1, 1), (1, 1), (1, 1), bits=6)).state_dict(), tmp_path / "magvit.safetensors"
    )
    opening = {
        "generator": str(written_release(tmp_path / "show-o")),
        "text_tokenizer": str(written_text_tokenizer(tmp_path / "phi")),
        "image_tokenizer": str(tmp_path / "magvit.safetensors"),
    }
    given, drawn = str(tmp_path / "given.safetensors"), str(tmp_path / "drawn.safetensors")
    masked = torch.full((2, 16), 64, dtype=torch.int32)
    save_file({"tokens": masked, "seeds": torch.tensor([1, 2]), "steps": torch.tensor([0, 0])}, given)
    long, longer = (" ".join(["w5"] * count) for count in (200, 201))
    draw = {"request": "draw", "input": given, "output": drawn}
    events = answered(
        {"request": "open", **opening, "device": "cpu"},
        {**draw, "texts": ["w5 w9", long]},
        {**draw, "texts": [long, longer]},
        {"request": "encode-text", "texts": [long, longer]},
        {"request": "encode-text", "texts": [longer + " w1"]},
    )
    limit = len(events[3]["rows"][0])
    cuts = [[(cut["limit"], cut["text"]) for cut in event.get("cut", [])] for event in events]
    assert cuts == [[], [(limit, long)], [(limit, longer)], [], [(limit, longer + " w1")]]


def test_a_prompt_that_just_fits_is_whole(tmp_path: Path):
    clip = load_reward_judge(written_clip(tmp_path), CPU, torch.float32)
    limit = clip.reward.model.config.text_config.max_position_embeddings
    words = limit - len(clip.reward.processor.tokenizer("")["input_ids"])
    picture = torch.zeros(1, SIDE, SIDE, 3, dtype=torch.uint8)
    clip.ask(["outcome"], [" ".join(["cat"] * words)], picture)
    assert told() == []
    clip.ask(["outcome"], [" ".join(["cat"] * (words + 1))], picture)
    assert len(told()) == 1


def answered(*requests: dict[str, Any]) -> list[dict[str, Any]]:
    """What a worker in this process answers."""
    events = io.StringIO()
    lines = io.StringIO("".join(json.dumps(request) + "\n" for request in requests))
    assert loop(events, Log(io.StringIO())).serve(lines) == 0
    return [json.loads(line) for line in events.getvalue().splitlines()]
