"""A vision-language judge tuned by LoRA learns what its samples say, and is read back as any other judge."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from conftest import lists
from golden_showo import layout, written_release
from safetensors.torch import load_file
from tiny_release import written_magvit
from tiny_verifiers import written_released_llava

from espalier_torch.families.pixels import to_bytes
from espalier_torch.families.showo.magvit import load_magvit
from espalier_torch.judge_training.questions_and_reasons import NOT_ASKED, QUESTIONS, REASONS
from espalier_torch.judge_training.run import train_judge
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.protocol.reading import build
from espalier_torch.runtime.stopping import Stop, Stopped
from espalier_torch.verifiers.questions import read_questions
from espalier_torch.verifiers.vision_language import load_yes_no_judge

COUNT, TOKENS = 8, 16


def write_samples(file: Path, unfinished: int | None = None) -> Path:
    """Random images of two prompts, none of which shows what its prompt asks for; half of each may be missing."""
    first = np.arange(COUNT) < COUNT // 2
    tokens = np.random.default_rng(0).integers(0, 64, (COUNT, TOKENS))
    if unfinished is not None:
        tokens[:, TOKENS // 2 :] = unfinished
    answers = np.full((COUNT, len(QUESTIONS)), NOT_ASKED)
    answers[:, QUESTIONS.index("outcome")] = 0
    text = np.tile(layout().text_row([5, 9]).numpy(), (COUNT, 1))
    columns = {
        "prompt_id": pa.array([f"prompt-{int(one)}" for one in first]),
        "prompt": pa.array(["a red cat" if one else "a dog" for one in first]),
        "tag": pa.array(["single_object"] * COUNT),
        "text": lists(text, pa.uint16()),
        "tokens": lists(tokens, pa.uint16()),
        "settled": lists(np.ones((COUNT, TOKENS), dtype=int), pa.uint8()),
        "answers": lists(answers, pa.uint8()),
        "reasons": lists(np.zeros((COUNT, len(REASONS)), dtype=int), pa.uint8()),
    }
    table = pa.table(columns)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return file


@pytest.fixture
def raw(tmp_path: Path) -> dict[str, Any]:
    return {
        "samples": [str(write_samples(tmp_path / "samples.arrow"))],
        "generator": str(written_release(tmp_path / "show-o")),
        "start": str(written_released_llava(tmp_path / "parm")),
        "image_tokenizer": str(written_magvit(tmp_path / "magvitv2")),
        "out": str(tmp_path / "tuned"),
        **{"steps": 10, "batch": 16, "learning_rate": 3e-2, "average_decay": 0.0, "threads": 1, "checkpoint_every": 4},
    }


def run(
    raw: dict[str, Any], stop: Stop | None = None, stop_at: int = -1
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    stop = stop or Stop()

    def emit(event: dict[str, Any]) -> None:
        events.append(event)
        if event["event"] == "judge-step-end" and event["step"] == stop_at:
            stop.reason = "SIGTERM"

    return train_judge(build(JudgeTrainRequest, raw), emit, stop), events


def answers(folder: str, magvit: str) -> list[float]:
    """P(yes) of one image for either prompt."""
    judge = load_yes_no_judge(folder, read_questions(None), torch.device("cpu"), torch.float32)
    with torch.no_grad():
        images = to_bytes(load_magvit(magvit)[0].decode(torch.full((2, TOKENS), 7)))
    return judge.ask(["outcome"], ["a red cat", "a dog"], images)[0].tolist()


def test_a_judge_of_a_next_token_generator_is_tuned_on_pictures_of_which_rows_are_missing(raw, tmp_path: Path):
    from llamagen_requests import written_llamagen  # noqa: PLC0415 (few tests need it)
    from tiny_next_token import written_vq  # noqa: PLC0415

    generator, images = written_llamagen(tmp_path / "llamagen"), written_vq(tmp_path / "vq")
    own = {"generator": str(generator), "image_tokenizer": str(images)}
    samples = write_samples(tmp_path / "rows.arrow", unfinished=96)
    record, events = run({**raw, **own, "samples": [str(samples)], "steps": 3})
    assert record["family"] == "llamagen" and record["kind"] == "judge"
    losses = [event["loss"] for event in events if event["event"] == "judge-step-end"]
    assert len(losses) == 3 and losses[-1] < losses[0]


def test_a_tuned_judge_says_what_its_samples_do(raw, tmp_path: Path):
    assert min(answers(raw["start"], raw["image_tokenizer"])) > 0.6
    record, events = run(raw)
    losses = [event["loss"] for event in events if event["event"] == "judge-step-end"]
    assert losses[-1] < losses[0] / 2
    assert max(answers(raw["out"], raw["image_tokenizer"])) < 0.4
    assert record["kind"] == "judge" and record["family"] == "show-o" and len(record["parents"]) == 2
    adapter = load_file(Path(raw["out"]) / "adapter" / "adapter_model.safetensors")
    assert adapter and all("language_model.layers." in name for name in adapter)
    assert set(record["files"]) >= {"adapter/adapter_model.safetensors", "config.json", "tokenizer.json"}
    again, events = run(raw)
    assert again["identity"] == record["identity"] and [event["event"] for event in events] == ["train-end"]


def test_a_stopped_tuning_goes_on_exactly(raw):
    unbroken, _ = run({**raw, "out": raw["out"] + "-unbroken"})
    with pytest.raises(Stopped):
        run(raw, stop_at=5)
    resumed, events = run(raw)
    assert events[0]["step"] == 5
    assert resumed["identity"] == unbroken["identity"]


def test_what_does_not_go_together_is_refused(raw):
    for changed, words in (({"start": None}, "name it in start"), ({"average_decay": 0.9}, "set average_decay to 0")):
        with pytest.raises(RequestError, match=words):
            run({**raw, **changed})
