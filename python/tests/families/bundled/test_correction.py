"""Self-correction: what a correction adds to the generator, its graph, and its fine-tuning."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow as pa
import pytest
import torch
from conftest import CODES, REPOSITORY, TOKENS, WORDS, lists, tiny_generator

from espalier_torch.checkpoints.checkpoint_folder import load_weights, read_checkpoint
from espalier_torch.families.bundled.export import GeneratorStep, export_generator
from espalier_torch.families.bundled.generator import Correction, Generator, correctable, load_generator
from espalier_torch.families.bundled.judge import Judge
from espalier_torch.pretrain import train_correction

REASONS = 10
BASE = REPOSITORY / "data" / "models" / "scenes-base"


def inputs(rows: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    source = torch.Generator().manual_seed(1)
    text = torch.randint(0, WORDS, (rows, 8), generator=source)
    return text, torch.randint(0, CODES + 1, (rows, TOKENS), generator=source)


def some_correction(rows: int = 4) -> Correction:
    source = torch.Generator().manual_seed(2)
    previous = torch.randint(0, CODES, (rows, TOKENS), generator=source)
    return Correction(previous, torch.randint(0, 2, (rows, REASONS), generator=source).float())


def corrector() -> Generator:
    """A generator that can correct images; its correction weights are random, not zero."""
    model = correctable(tiny_generator(), REASONS)
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in model.correction.parameters():
            parameter.normal_(std=0.5)
    return model.eval()


@torch.no_grad()
def test_fine_tuning_starts_at_the_base_exactly() -> None:
    base, (text, tokens) = tiny_generator(), inputs()
    model = correctable(base, REASONS).eval()
    assert torch.equal(model(text, tokens), base(text, tokens))
    assert torch.equal(model(text, tokens, some_correction()), base(text, tokens))


@torch.no_grad()
def test_a_correction_changes_every_token_of_its_own_row_only() -> None:
    model, (text, tokens) = corrector(), inputs()
    plain = model.hidden(text, tokens)
    correction = some_correction()
    correction.previous[1] = CODES
    correction.reasons[1] = 0
    corrected = model.hidden(text, tokens, correction)
    assert torch.equal(corrected[1], plain[1])
    for row in (0, 2, 3):
        assert ((corrected[row] - plain[row]).abs().amax(-1) > 1e-4).all()


def test_the_correction_weights_learn_although_they_start_at_zero() -> None:
    model, (text, tokens) = correctable(tiny_generator(), REASONS), inputs()
    model(text, tokens, some_correction()).square().mean().backward()
    for parameter in model.correction.parameters():
        assert parameter.grad.abs().max() > 0


def test_a_generator_without_correction_refuses_one() -> None:
    with pytest.raises(ValueError, match="not trained to correct"):
        tiny_generator()(*inputs(), some_correction())


@torch.no_grad()
def test_the_shipped_base_loads_and_draws_as_before() -> None:
    base, record = load_generator(BASE)
    assert base.correction is None and record["config"].get("correction_reasons", 0) == 0
    model = correctable(base, REASONS).eval()
    load_weights(BASE, "generator", Generator(base.config))  # strictly: no weight came to it
    text = torch.randint(1, base.config.vocabulary_size, (2, 8))
    tokens = torch.full((2, 64), base.config.codebook_size)
    assert torch.equal(model(text, tokens), base(text, tokens))
    names = {one.name for one in session(BASE).get_inputs()}
    assert names == {"text", "tokens", "uniform", "guidance_scale"}


@torch.no_grad()
def test_the_exported_corrector_computes_what_torch_computes(tmp_path: Path) -> None:
    model = corrector()
    export_generator(model, tmp_path)
    for rows in (1, 3):
        text, tokens = (tensor.int() for tensor in inputs(rows))
        given = some_correction(rows)
        given.previous[0], given.reasons[0] = CODES, 0
        feeds = {
            "text": text,
            "tokens": tokens,
            "uniform": torch.rand(rows, TOKENS, generator=torch.Generator().manual_seed(4)),
            "guidance_scale": torch.tensor([1.5]),
            "previous": given.previous.int(),
            "reasons": given.reasons.int(),
        }
        found = session(tmp_path).run(None, {name: tensor.numpy() for name, tensor in feeds.items()})
        drawn, log_probability = GeneratorStep(model)(*feeds.values())
        same = found[0] == drawn.numpy()
        assert same.mean() > 0.99
        np.testing.assert_allclose(found[1][same], log_probability.numpy()[same], atol=1e-4)


@torch.no_grad()
def test_the_null_branch_of_guidance_sees_the_image_but_neither_prompt_nor_reasons() -> None:
    model, (text, tokens) = corrector(), inputs()
    given = some_correction()
    uniform = torch.rand(4, TOKENS, generator=torch.Generator().manual_seed(4))
    step = GeneratorStep(model)
    drawn, log_probability = step(
        text.int(), tokens.int(), uniform, torch.tensor([2.0]), given.previous.int(), given.reasons.int()
    )
    conditional = model(text, tokens, given)
    null = model(torch.zeros_like(text), tokens, Correction(given.previous, torch.zeros_like(given.reasons)))
    expected = (3 * conditional - 2 * null).log_softmax(-1).gather(-1, drawn.long().unsqueeze(-1)).squeeze(-1)
    masked = tokens == CODES
    torch.testing.assert_close(log_probability[masked], expected[masked], atol=1e-4, rtol=1e-4)


def test_a_judge_of_its_trunk_has_nothing_to_correct_with() -> None:
    judge = Judge.from_generator(corrector(), questions=1)
    assert judge.trunk.correction is None and judge.config.correction_reasons == 0


def write_table(file: Path, columns: dict[str, pa.Array]) -> Path:
    table = pa.table(columns)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return file


@pytest.fixture
def data(tmp_path: Path) -> dict[str, Path]:
    """Groups whose right image is the wrong one with its first reason written into the first row."""
    generator = np.random.default_rng(1)
    text = generator.integers(1, WORDS, (32, 8))
    bad = generator.integers(0, CODES, (32, TOKENS))
    reasons = np.eye(REASONS, dtype=int)[generator.integers(0, REASONS, 32)]
    good = bad.copy()
    good[:, :8] = reasons.argmax(1)[:, None]
    groups = {
        "text": lists(text, pa.uint16()),
        "bad_tokens": lists(bad, pa.uint16()),
        "good_tokens": lists(good, pa.uint16()),
        "reasons": lists(reasons, pa.uint8()),
    }
    images = {"text": lists(text, pa.uint16()), "tokens": lists(bad, pa.uint16())}
    return {
        "--corrections": write_table(tmp_path / "corrections.arrow", groups),
        "--images": write_table(tmp_path / "images.arrow", images),
    }


def fine_tune(monkeypatch: pytest.MonkeyPatch, base: Path, out: Path, data: dict[str, Path], *more: str) -> None:
    files = [str(part) for name, file in data.items() for part in (name, file)]
    settings = ["--steps", "60", "--batch", "16", "--learning-rate", "3e-3", "--average", "0.5"]
    command = ["train_correction", "--generator", str(base), "--out", str(out), *files, *settings, *more]
    monkeypatch.setattr(sys, "argv", command)
    train_correction.main()


def test_fine_tuning_learns_to_repair_and_keeps_the_plain_task(
    base: Path, data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fine_tune(monkeypatch, base, tmp_path / "one", data)
    groups = train_correction.Groups(str(data["--corrections"]))
    model, record = load_generator(tmp_path / "one")
    start = correctable(load_generator(base)[0], REASONS).eval()
    given = Correction(groups.bad, groups.reasons)

    assert likelihood(model, groups, given) > likelihood(start, groups, given) + 0.3
    before = all_masked(start, groups)
    assert distance(all_masked(model, groups), before) < distance(all_masked(model, groups, given), before) / 3
    assert record["parents"] == [read_checkpoint(base, "generator")["identity"]]
    assert record["training"]["method"] == "self-correction"
    fine_tune(monkeypatch, base, tmp_path / "two", data)
    assert read_checkpoint(tmp_path / "two", "generator")["identity"] == record["identity"]


@torch.no_grad()
def all_masked(model: Generator, groups: train_correction.Groups, given: Correction | None = None) -> torch.Tensor:
    """(G, N, K) log-probabilities where every token is masked."""
    return model(groups.text, torch.full_like(groups.good, CODES), given).log_softmax(-1)


def likelihood(model: Generator, groups: train_correction.Groups, given: Correction) -> float:
    return all_masked(model, groups, given).gather(-1, groups.good.unsqueeze(-1)).mean().item()


def distance(one: torch.Tensor, other: torch.Tensor) -> float:
    """Mean total variation, times two."""
    return (one.exp() - other.exp()).abs().sum(-1).mean().item()


def test_fine_tuning_refuses_a_file_without_groups(
    base: Path, data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swapped = {"--corrections": data["--images"], "--images": data["--images"]}
    with pytest.raises(ValueError, match=r"images\.arrow lacks bad_tokens, good_tokens, reasons"):
        fine_tune(monkeypatch, base, tmp_path / "out", swapped)
    assert not (tmp_path / "out").exists()


def test_the_fixture_of_the_other_language_can_correct() -> None:
    record = json.loads((REPOSITORY / "test/fixtures/onnx/corrector/checkpoint.json").read_text())
    assert record["config"]["correction_reasons"] == REASONS


def session(folder: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(folder / "generator.onnx"), providers=["CPUExecutionProvider"])
