"""The bundled models: what their graphs compute, and that what ships is what was exported."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow as pa
import pytest
import torch
from conftest import REPOSITORY

from espalier_torch.checkpoints.checkpoint_folder import load_weights, read_checkpoint, write_checkpoint
from espalier_torch.data.arrow_columns import fixed_lists
from espalier_torch.families.bundled.export import GeneratorStep, export_generator, export_judge, export_tokenizer
from espalier_torch.families.bundled.generator import Generator, GeneratorConfig, load_generator
from espalier_torch.families.bundled.judge import Judge
from espalier_torch.families.bundled.tokenizer import Tokenizer, TokenizerConfig
from espalier_torch.families.pixels import to_bytes, to_unit
from espalier_torch.objective.masked_likelihood import places_of
from espalier_torch.pretrain.masking import mask
from espalier_torch.runtime.files import sha256_of

MODELS = REPOSITORY / "data" / "models"
SMALL = GeneratorConfig(vocabulary_size=12, codebook_size=32, code_width=4, width=32, layers=2, heads=2)


@pytest.fixture(scope="module")
def generator() -> Generator:
    """A small generator whose weights are all random: no branch is zero."""
    torch.manual_seed(0)
    model = Generator(SMALL)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def step_inputs(paths: int) -> tuple[torch.Tensor, ...]:
    source = torch.Generator().manual_seed(1)
    text = torch.randint(0, SMALL.vocabulary_size, (paths, SMALL.text_length), generator=source, dtype=torch.int32)
    tokens = torch.randint(0, SMALL.codebook_size + 1, (paths, SMALL.tokens), generator=source, dtype=torch.int32)
    tokens[:, ::2] = SMALL.codebook_size
    return text, tokens, torch.rand(paths, SMALL.tokens, generator=source)


def session(folder: Path, name: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(folder / name), providers=["CPUExecutionProvider"])


def run(folder: Path, name: str, **feeds: torch.Tensor) -> list[np.ndarray]:
    return session(folder, name).run(None, {key: tensor.numpy() for key, tensor in feeds.items()})


@torch.no_grad()
def guided(generator: Generator, text: torch.Tensor, tokens: torch.Tensor, scale: float) -> torch.Tensor:
    """softmax((1 + g) * conditional - g * unconditional) from whole logits, (B, N, K)."""
    conditional = generator(text.long(), tokens.long())
    unconditional = generator(torch.zeros_like(text).long(), tokens.long())
    return ((1 + scale) * conditional - scale * unconditional).softmax(-1)


@torch.no_grad()
def test_a_step_draws_from_the_guided_distribution_by_inverse_transform(generator: Generator) -> None:
    text, tokens, uniform = step_inputs(5)
    drawn, log_probability = GeneratorStep(generator)(text, tokens, uniform, torch.tensor([1.5]))
    probabilities = guided(generator, text, tokens, 1.5)
    masked = tokens == SMALL.codebook_size
    expected = (probabilities.cumsum(-1) <= uniform.unsqueeze(-1)).sum(-1)
    assert (drawn[masked] == expected[masked]).float().mean() > 0.99  # a draw on the very edge may round either way
    assert torch.equal(drawn[~masked], tokens[~masked])
    own = probabilities.gather(-1, drawn.long().unsqueeze(-1)).squeeze(-1)
    torch.testing.assert_close(log_probability[masked].exp(), own[masked], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_draws_are_as_frequent_as_they_are_probable(generator: Generator) -> None:
    text, tokens, _ = step_inputs(1)
    draws = 20_000
    uniform = torch.rand(draws, SMALL.tokens, generator=torch.Generator().manual_seed(2))
    repeated = (text.expand(draws, -1), tokens.expand(draws, -1))
    step = GeneratorStep(generator)
    drawn = torch.cat(
        [
            step(a, b, c, torch.tensor([1.0]))[0]
            for a, b, c in zip(*(t.split(500) for t in (*repeated, uniform)), strict=True)
        ]
    )
    frequency = torch.bincount(drawn[:, 0].long(), minlength=SMALL.codebook_size) / draws
    assert (frequency - guided(generator, text, tokens, 1.0)[0, 0]).abs().max() < 0.015


def test_the_exported_generator_computes_what_torch_computes(generator: Generator, tmp_path: Path) -> None:
    export_generator(generator, tmp_path)
    for paths in (1, 3):
        text, tokens, uniform = step_inputs(paths)
        scale = torch.tensor([1.5])
        found = run(tmp_path, "generator.onnx", text=text, tokens=tokens, uniform=uniform, guidance_scale=scale)
        with torch.no_grad():
            expected = GeneratorStep(generator)(text, tokens, uniform, scale)
        assert (found[0] == expected[0].numpy()).mean() > 0.99
        same = found[0] == expected[0].numpy()
        np.testing.assert_allclose(found[1][same], expected[1].numpy()[same], atol=1e-4)


def test_the_exported_judge_computes_what_torch_computes(generator: Generator, tmp_path: Path) -> None:
    torch.manual_seed(3)
    judge = Judge.from_generator(generator, questions=2).eval()
    export_judge(judge, tmp_path)
    text, tokens, _ = step_inputs(4)
    tokens = tokens.clamp(max=SMALL.codebook_size - 1)
    (found,) = run(tmp_path, "judge.onnx", text=text, tokens=tokens)
    with torch.no_grad():
        expected = judge(text.long(), tokens.long()).sigmoid().numpy()
    assert found.shape == (4, 2)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.std() > 0


def test_the_exported_tokenizer_computes_what_torch_computes(tmp_path: Path) -> None:
    torch.manual_seed(4)
    tokenizer = Tokenizer(TokenizerConfig(codebook_size=64, width=16)).eval()
    export_tokenizer(tokenizer, tmp_path)
    pixels = torch.randint(0, 256, (3, 64, 64, 3), dtype=torch.uint8)
    (tokens,) = run(tmp_path, "encoder.onnx", pixels=pixels)
    with torch.no_grad():
        assert (tokens == tokenizer.encode(to_unit(pixels)).numpy()).mean() > 0.99
        expected = to_bytes(tokenizer.decode(torch.from_numpy(tokens).long())).numpy()
    (decoded,) = run(tmp_path, "decoder.onnx", tokens=torch.from_numpy(tokens))
    assert np.abs(decoded.astype(int) - expected).max() <= 1


def test_a_caption_changes_every_image_token_and_the_null_prompt_is_one(generator: Generator) -> None:
    text, tokens, _ = step_inputs(1)
    with torch.no_grad():
        given = generator.hidden(text.long(), tokens.long())
        null = generator.hidden(torch.zeros_like(text).long(), tokens.long())
    assert ((given - null).abs().amax(-1) > 1e-4).all()


def test_masking_hides_the_share_that_is_asked_for() -> None:
    tokens = torch.zeros(4, 64, dtype=torch.int64)
    masked, chosen = mask(tokens, 7, torch.tensor([0.001, 0.25, 0.5, 1.0]))
    assert chosen.sum(1).tolist() == [1, 16, 32, 64]
    assert torch.equal(masked == 7, chosen)


def test_fixed_lists_reads_slices_of_a_column() -> None:
    binary = pa.array([b"ab", b"cd", b"ef"], pa.binary(2))[1:]
    assert fixed_lists(binary, "uint8").tolist() == [[99, 100], [101, 102]]
    lists = pa.array([[1, 2], [3, 4], [5, 6]], pa.list_(pa.uint16(), 2))[1:]
    assert fixed_lists(lists, "int64").tolist() == [[3, 4], [5, 6]]


def test_a_checkpoint_folder_says_what_is_in_it(generator: Generator, tmp_path: Path) -> None:
    record = write_checkpoint(tmp_path, "generator", generator, exports=[], parents=["p"], training={"seed": 1})
    assert record["identity"] == sha256_of(tmp_path / "generator.safetensors")
    again, read = load_generator(tmp_path)
    assert read["parents"] == ["p"]
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), generator.parameters(), strict=True))
    with pytest.raises(ValueError, match="judge"):
        read_checkpoint(tmp_path, "judge")


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in MODELS.glob("*/checkpoint.json")), ids=lambda p: p.name
)
def test_what_ships_is_what_checkpoint_json_says(folder: Path) -> None:
    record = json.loads((folder / "checkpoint.json").read_text())
    assert record["files"] and {name: sha256_of(folder / name) for name in record["files"]} == record["files"]
    assert record["identity"] == record["files"][f"{record['kind']}.safetensors"]
    assert (folder / "README.md").is_file()


def test_the_shipped_graph_is_that_of_the_shipped_weights() -> None:
    model, _ = load_generator(MODELS / "scenes-base")
    text = torch.randint(1, model.config.vocabulary_size, (2, 8), dtype=torch.int32)
    tokens = torch.full((2, 64), model.config.codebook_size, dtype=torch.int32)
    uniform, scale = torch.rand(2, 64), torch.ones(1)
    found = run(
        MODELS / "scenes-base", "generator.onnx", text=text, tokens=tokens, uniform=uniform, guidance_scale=scale
    )
    with torch.no_grad():
        expected = GeneratorStep(model)(text, tokens, uniform, scale)[0].numpy()
    assert (found[0] == expected).mean() > 0.97


def test_the_shipped_tokenizer_keeps_what_it_encodes() -> None:
    record = read_checkpoint(MODELS / "scenes-tokenizer", "tokenizer")
    tokenizer = Tokenizer(TokenizerConfig(**record["config"])).eval()
    load_weights(MODELS / "scenes-tokenizer", "tokenizer", tokenizer)
    pixels = torch.full((1, 64, 64, 3), 136, dtype=torch.uint8)
    pixels[0, 16:40, 16:40] = torch.tensor([220, 40, 40], dtype=torch.uint8)
    with torch.no_grad():
        again = to_bytes(tokenizer.decode(tokenizer.encode(to_unit(pixels))))
    assert (again[0, 24:32, 24:32].float().mean((0, 1)) - pixels[0, 28, 28]).abs().max() < 12
    assert (again[0, 52:60, 52:60].float().mean((0, 1)) - 136).abs().max() < 6


def test_the_last_block_may_end_at_the_places_that_are_wanted(generator: Generator) -> None:
    text, tokens, uniform = step_inputs(3)
    places = uniform < 0.4
    whole = generator.hidden(text.long(), tokens.long())[places]
    torch.testing.assert_close(
        generator.hidden_at(text.long(), tokens.long(), places_of(places)), whole, rtol=1e-5, atol=1e-5
    )
