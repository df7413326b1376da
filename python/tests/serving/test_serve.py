"""The serving worker: the models behind JSON lines, through tiny checkpoints in the true formats on disk."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import REPOSITORY
from golden_showo import tiny_showo, written_release
from safetensors.torch import load_file, save_file
from tiny_detectors import written_mask2former
from tiny_verifiers import written_clip, written_released_llava, written_text_tokenizer

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.families.pixels import to_bytes
from espalier_torch.families.showo.magvit import Magvit, MagvitConfig
from espalier_torch.families.showo.sampler import ShowoSampler
from espalier_torch.objective.sampling import SamplerSettings
from espalier_torch.protocol.events import SERVE_EVENTS
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.lines import check_event
from espalier_torch.protocol.reading import python_name, read_request
from espalier_torch.protocol.serve_requests import SERVE_REQUESTS, OpenRequest
from espalier_torch.serving.identity import identity_of
from espalier_torch.serving.models import Models
from espalier_torch.verifiers.vision_language import YesNoJudge

CONTRACT = REPOSITORY / "test" / "contract"
TEXTS = ["w5 w9 w30", "w7"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tiny models in the formats they are released in; 64 codes of the image tokenizer, as the generator has."""
    root = tmp_path_factory.mktemp("models")
    torch.manual_seed(5)
    magvit = Magvit(MagvitConfig(32, (1, 1), (1, 1), (1, 1), (1, 1), bits=6))
    (root / "magvitv2").mkdir()
    save_file(magvit.state_dict(), root / "magvitv2" / "model.safetensors")
    return {
        "generator": str(written_release(root / "show-o")),
        "text_tokenizer": str(written_text_tokenizer(root / "phi")),
        "image_tokenizer": str(root / "magvitv2"),
        "judge": str(written_released_llava(root / "parm")),
        "reward": str(written_clip(root / "clip")),
    }


def opening(folders: dict[str, str], **fields: Any) -> OpenRequest:
    named = {name: folder for name, folder in folders.items() if name != "reward"}
    return OpenRequest(**{**named, "slots": 3, "device": "cpu", **fields})


@pytest.fixture(scope="module")
def models(folders: dict[str, str]) -> Models:
    return Models(opening(folders))


def test_drawing_through_files_is_the_samplers_own_step(models: Models):
    sampler = ShowoSampler(tiny_showo(), SamplerSettings(steps=4, guidance_scale=1.75), 3)
    paths = [sampler.open([5, 9, 30], 11), sampler.open([7], 12)]
    for step in range(4):
        tokens = torch.stack([path.tokens for path in paths]).int()
        found = models.draw(TEXTS, tokens, torch.tensor([11, 12]), torch.tensor([step, step]))
        sampler.advance(paths)
        predicted = torch.stack([path.predicted for path in paths if path.predicted is not None])
        assert torch.equal(found["drawn"], predicted.int())
        assert found["log_probability"].dtype == torch.float32


def test_pixels_are_the_image_tokenizers(models: Models):
    tokens = torch.arange(32).view(2, 16).int()
    with torch.no_grad():
        expected = to_bytes(models.images.decode(tokens.long()))
    assert torch.equal(models.pixels(tokens), expected)
    assert expected.shape == (2, 8, 8, 3) and models.described()["image_side"] == 8


def test_a_judge_and_a_reward_model_are_asked_alike(models: Models, folders: dict[str, str]):
    tokens = torch.randint(0, 64, (3, 16), generator=torch.Generator().manual_seed(0)).int()
    prompts = ["a red cat", "a dog", "a blue cat"]
    scores = models.ask(["clarity", "outcome"], prompts, tokens)
    assert [len(row) for row in scores] == [3, 3] and all(0 < score < 1 for row in scores for score in row)
    assert models.ask(["outcome"], prompts[2:], tokens[2:])[0] == pytest.approx(scores[1][2:], abs=1e-5)
    reward = Models(opening({**folders, "judge": folders["reward"]}))
    assert reward.described()["questions"] == ["outcome"]
    assert len(reward.ask(["outcome"], prompts, tokens)[0]) == 3


def test_an_image_is_decoded_and_looked_at_once_for_all_that_is_asked_about_it(folders: dict[str, str]):
    models = Models(opening(folders))
    tokens = torch.randint(0, 64, (3, 16), generator=torch.Generator().manual_seed(1)).int()
    prompts = ["a red cat", "a dog", "a blue cat"]
    decoded: list[int] = []
    pixels = models.pixels
    models.pixels = lambda tokens: decoded.append(len(tokens)) or pixels(tokens)  # type: ignore[method-assign]
    for question in ("clarity", "potential", "outcome"):
        models.ask([question], prompts, tokens)
    models.ask(["potential"], prompts[:1], tokens[1:2])
    assert isinstance(models.judge, YesNoJudge)
    assert decoded == [3] and models.judge.features.looks == 3 and models.judge.forwards == 10


def test_what_is_named_anew_is_replaced_and_the_rest_stays(folders: dict[str, str], tmp_path: Path):
    written = {"exports": [], "parents": [], "training": {}, "family": "show-o"}
    write_checkpoint(tmp_path / "round-1", "generator", tiny_showo(weights="dpo_policy"), **written)
    first = Models(opening(folders))
    judge, images, before = first.judge, first.images, first.drawer.identity
    second = Models(opening({**folders, "generator": str(tmp_path / "round-1")}), first)
    assert second.judge is judge and second.images is images
    assert second.drawer.identity not in (None, before)
    blind = Models(opening(folders, generator=None, text_tokenizer=None))
    assert blind.described()["image_tokens"] is None and blind.pixels(torch.zeros(1, 16)).shape == (1, 8, 8, 3)
    with pytest.raises(RequestError, match="without a generator"):
        blind.rows(TEXTS)


def test_a_model_is_identified_without_loading_it_as_it_is_when_loaded(models: Models, folders: dict[str, str]):
    assert identity_of("generator", folders["generator"], None) == models.drawer.identity
    assert identity_of("tokenizer", folders["image_tokenizer"], None) == models.image_tokenizer_identity
    assert identity_of("judge", folders["judge"], None) == models.judge.identity
    reward = Models(opening({**folders, "judge": folders["reward"]}))
    assert identity_of("judge", folders["reward"], None) == reward.judge.identity


def test_pixels_become_the_tokens_of_the_image_tokenizer(models: Models):
    pixels = torch.randint(0, 256, (2, 8, 8, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    tokens = models.tokens(pixels)
    assert tokens.shape == (2, 16) and tokens.dtype == torch.int32 and int(tokens.max()) < 64
    assert models.rows(["w5 w9"])[0][-4:] == [199, 5, 9, 199]
    with pytest.raises(RequestError, match="multiples of 2"):
        models.tokens(pixels[:, :7])


def test_what_does_not_fit_is_refused(models: Models, folders: dict[str, str]):
    whole, one = torch.zeros(1, 16, dtype=torch.int32), torch.tensor([1])
    for call, words in (
        (lambda: models.draw(TEXTS, whole, one, one), "as many of each"),
        (lambda: models.draw(["w1"], whole[:, :3], one, one), "shape"),
        (lambda: models.pixels(whole + 64), "0 to 63"),
        (lambda: models.ask(["outcome"], TEXTS, whole), "2 prompts"),
        (lambda: Models(opening(folders, judge=None)).ask(["outcome"], ["a"], whole), "without a judge"),
    ):
        with pytest.raises(RequestError, match=words):
            call()


def test_a_worker_answers_in_order_and_outlives_a_bad_request(folders: dict[str, str], tmp_path: Path):
    given, drawn, pixels = (str(tmp_path / f"{name}.safetensors") for name in ("given", "drawn", "pixels"))
    masked = torch.full((2, 16), 64, dtype=torch.int32)
    save_file({"tokens": masked, "seeds": torch.tensor([1, 2]), "steps": torch.tensor([0, 0])}, given)
    fields = {name: folder for name, folder in folders.items() if name != "reward"}
    requests = [
        {"request": "draw", "texts": TEXTS, "input": given, "output": drawn},
        {"request": "open", **fields, "slots": 2, "device": "cpu", "threads": 1},
        {"request": "draw", "texts": TEXTS, "input": str(tmp_path / "missing"), "output": drawn},
        {"request": "draw", "texts": TEXTS, "input": given, "output": drawn},
        {"request": "decode", "input": given, "output": pixels},
        {"request": "paint"},
    ]
    events = serve(requests)
    names = [event["event"] for event in events]
    assert names == ["error", "open-end", "error", "draw-end", "error", "error"]
    refusals = ("must be `open`", "cannot be read", "0 to 63", "Unknown request 'paint'")
    told = [event["message"] for event in events if event["event"] == "error"]
    assert all(words in message for words, message in zip(refusals, told, strict=True)), told
    assert load_file(drawn)["drawn"].shape == (2, 16)


def test_a_worker_can_hold_a_detector_alone(folders: dict[str, str], tmp_path: Path):
    pictures, grey = str(tmp_path / "pictures.safetensors"), str(tmp_path / "grey.safetensors")
    save_file({"pixels": torch.randint(0, 256, (2, 40, 48, 3)).to(torch.uint8)}, pictures)
    save_file({"pixels": torch.zeros(2, 40, 48, 1, dtype=torch.uint8)}, grey)
    words = {"color_names": ["red", "blue"], "color_wordings": ["a {color} {name}"]}
    named = {"objects": str(written_mask2former(tmp_path / "finder")), "colors": folders["reward"], **words}
    opening = {"request": "open-detector", **named, "device": "cpu", "threads": 1}
    requests = [
        {"request": "detect", "input": pictures, "above": 0.1},
        {**opening, "objects": folders["reward"]},
        opening,
        {"request": "detect", "input": pictures, "above": 0.1},
        {"request": "detect", "input": grey, "above": 0.1},
        {"request": "ask", "questions": ["outcome"], "prompts": ["a cat"], "input": pictures},
    ]
    events = serve(requests)
    names = [event["event"] for event in events]
    assert names == ["error", "error", "open-detector-end", "detect-end", "error", "error"]
    refusals = ("must be `open-detector`", "Expected a Mask2Former", "(B, H, W, 3) uint8", "must be `open`")
    told = [event["message"] for event in events if event["event"] == "error"]
    assert all(words in message for words, message in zip(refusals, told, strict=True)), told
    found = events[3]["detections"]
    assert len(found) == 2 and found[0]
    assert set(found[0][0]) == {"class", "box", "score", "color"} and found[0][0]["class"] in events[2]["classes"]


def serve(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a worker answers to requests, each event checked; its exit code is 0."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    ended = subprocess.run(
        [sys.executable, "-m", "espalier_torch.serve"],
        input=lines, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    for event in events:
        check_event(event, SERVE_EVENTS)
    return events


def test_the_contract_holds_every_request_and_event():
    requests = (CONTRACT / "serve-requests.jsonl").read_text().splitlines()
    assert {json.loads(line)["request"] for line in requests} == set(SERVE_REQUESTS)
    kinds = {type(read_request(line, SERVE_REQUESTS)) for line in requests}
    assert kinds == set(SERVE_REQUESTS.values())
    fields = {json.loads(line)["request"]: set(map(python_name, json.loads(line))) - {"request"} for line in requests}
    assert fields == {name: set(kind.__dataclass_fields__) for name, kind in SERVE_REQUESTS.items()}
    events = [json.loads(line) for line in (CONTRACT / "serve-events.jsonl").read_text().splitlines()]
    for event in events:
        check_event(event, SERVE_EVENTS)
    assert {event["event"] for event in events} == set(SERVE_EVENTS)
    with pytest.raises(ValueError, match="lacks output, seconds"):
        check_event({"event": "draw-end"}, SERVE_EVENTS)
