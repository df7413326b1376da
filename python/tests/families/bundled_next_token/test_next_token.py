"""The bundled next-token generator: its graphs draw what PyTorch draws, it trains, and it learns scenes."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa
import pytest
import torch
from conftest import StopAfter, steps_of
from llamagen_requests import write_pairs
from torch import Tensor

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.decoding.filters import DrawSettings
from espalier_torch.decoding.raster import RasterDecoder
from espalier_torch.families.bundled_next_token import family
from espalier_torch.families.bundled_next_token.export import export_next_token
from espalier_torch.families.bundled_next_token.generator import NextTokenConfig, NextTokenGenerator, load_next_token
from espalier_torch.runtime.stopping import Stopped

CODES, WORDS, SIDE = 24, 20, 4
TEXTS = [(1, 2, 3, 0, 0, 0, 0, 0), (5, 6, 0, 0, 0, 0, 0, 0), (7, 8, 9, 10, 0, 0, 0, 0)]


def tiny(seed: int = 0) -> NextTokenGenerator:
    torch.manual_seed(seed)
    config = NextTokenConfig(WORDS, grid=SIDE, codebook_size=CODES, code_width=4, width=16, layers=2, heads=2)
    model = NextTokenGenerator(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def drawn(model: NextTokenGenerator, settings: DrawSettings, seeds: list[int]) -> tuple[Tensor, Tensor]:
    decoder, codes, certainty = RasterDecoder(model, family.read_words, 4, settings), torch.full((3, 16), CODES), 0
    for _ in range(SIDE):
        codes, own = decoder.draw(TEXTS, codes, seeds)
        certainty = certainty + own
    return codes, certainty


def test_one_pass_predicts_what_is_drawn_step_by_step():
    model = tiny()
    codes, certainty = drawn(model, DrawSettings(), [1, 2, 3])
    every = torch.arange(3)
    with torch.no_grad():
        expected = model.log_probabilities(torch.tensor(TEXTS), every < 0, codes, every)
    torch.testing.assert_close(certainty, expected, atol=1e-4, rtol=0)
    assert len({tuple(row) for row in codes.tolist()}) == 3


def test_the_graphs_draw_what_pytorch_draws(tmp_path: Path):
    model, settings, seeds = tiny(), DrawSettings(guidance_scale=2.0, temperature=0.9), [4, 5, 6]
    expected, certainty = drawn(model, settings, seeds)
    assert export_next_token(model, tmp_path) == ["generator.onnx", "caption.onnx"]
    reader, step = (onnxruntime.InferenceSession(tmp_path / name) for name in ("caption.onnx", "generator.onnx"))
    words = np.array([*TEXTS, *[[0] * 8] * 3], dtype=np.int32)
    read_keys, read_values, first = reader.run(["keys", "values", "first"], {"text": words})
    keys, values = (np.pad(one, [(0, 0)] * 3 + [(0, 16), (0, 0)]) for one in (read_keys, read_values))
    codes, found = np.zeros((3, 16), dtype=np.int32), np.zeros((3, 16), dtype=np.float32)
    from espalier_torch.runtime import randomness  # noqa: PLC0415

    for place in range(16):
        uniform = randomness.uniform(np.array(seeds), place // SIDE, place, randomness.TOKEN_DRAW)
        given = {
            "before": codes[:, max(0, place - 1)], "position": np.full(3, place, dtype=np.int32), "keys": keys,
            "values": values, "first": first, "uniform": uniform.astype(np.float32),
            "guidance_scale": np.float32([2]), "temperature": np.float32([0.9]),
        }  # fmt: skip
        codes[:, place], found[:, place], new_keys, new_values = step.run(None, given)
        if place > 0:
            keys[:, :, :, 9 + place - 1], values[:, :, :, 9 + place - 1] = new_keys, new_values
    assert np.array_equal(codes, expected.numpy())
    np.testing.assert_allclose(found, certainty.numpy(), atol=1e-4)
    given["uniform"] = np.full(3, -1, dtype=np.float32)
    assert step.run(None, given)[0].shape == (3,)


@pytest.fixture
def request_for(tmp_path: Path):
    base, rows = tmp_path / "base", [list(text) for text in TEXTS]
    write_checkpoint(base, "generator", tiny(), exports=[], parents=[], training={}, family="bundled-next-token")
    pairs = write_pairs(tmp_path / "pairs.arrow", rows, codes=CODES, kind=pa.uint16())

    def made(name: str = "out", **fields: Any) -> dict[str, Any]:
        plain = {
            "pairs": str(pairs), "generator": str(base), "out": str(tmp_path / name), "threads": 1, "steps": 8,
            "batch_pairs": 6, "learning_rate": 3e-3, "checkpoint_every": 2,
        }  # fmt: skip
        return {**plain, **fields}

    return made


def test_dpo_starts_at_no_reward_prefers_the_chosen_and_writes_graphs(request_for, trained):
    raw = request_for(sample_every=4)
    record, events = trained(raw)
    steps = steps_of(events)
    assert steps[0]["rewards/margins"] == 0 and steps[0]["grad_norm"] > 1e-3
    assert steps[-1]["rewards/margins"] > 0.1 and steps[-1]["rewards/accuracies"] == 1
    assert record["family"] == "bundled-next-token" and {"generator.onnx", "caption.onnx"} <= set(record["files"])
    assert load_next_token(raw["out"])[1]["identity"] == record["identity"]


def test_a_stopped_run_goes_on_exactly(request_for, trained):
    unbroken, _ = trained(request_for("unbroken"))
    raw = request_for("stopped")
    with pytest.raises(Stopped):
        trained(raw, StopAfter(2))
    resumed, _ = trained(raw)
    assert resumed["identity"] == unbroken["identity"]


def test_another_family_is_refused(tmp_path: Path, base: Path):
    with pytest.raises(ValueError, match="got one of bundled"):
        load_next_token(base)
