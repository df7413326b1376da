"""Our batched sampler draws what transformers' own `generate` draws, from either layout on disk."""

from pathlib import Path

import pytest
import torch
from tiny_janus import CODES, tiny_janus, word_tokenizer, written_janus, written_released
from torch import Tensor
from transformers import JanusForConditionalGeneration

from espalier_torch.convert_weights import main
from espalier_torch.decoding.filters import DrawSettings, guided
from espalier_torch.decoding.raster import RasterDecoder
from espalier_torch.families.janus.checkpoint import load_janus, sizes_of
from espalier_torch.families.janus.images import load_janus_images
from espalier_torch.families.janus.model import Janus
from espalier_torch.families.janus.text import JanusPrompts, read_rows
from espalier_torch.families.registry import family_of
from espalier_torch.runtime.cut_texts import CUTS

PROMPTS = ["a photo of a red cat", "two dog", "a bench left of the blue car and a green bench"]


@pytest.fixture(scope="module")
def whole() -> JanusForConditionalGeneration:
    return tiny_janus()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written_janus(tmp_path_factory.mktemp("tiny") / "janus")


@pytest.fixture(scope="module")
def janus(folder: Path) -> Janus:
    return load_janus(folder)[0]


@pytest.fixture(scope="module")
def rows(folder: Path, janus: Janus) -> list[list[int]]:
    return JanusPrompts(folder, janus).rows(PROMPTS)


def ids_of(row: list[int]) -> Tensor:
    """A text row without its padding, as `generate` takes it."""
    return torch.tensor([row[row.index(1) :]])


def generated(whole: JanusForConditionalGeneration, row: list[int], scale: float) -> Tensor:
    """transformers' own run of one prompt; it has no run without guidance but that of scale 1."""
    ids = ids_of(row)
    how = {"generation_mode": "image", "do_sample": False, "guidance_scale": scale, "max_length": 200}
    return whole.generate(input_ids=ids, attention_mask=torch.ones_like(ids), **how)


def test_a_prompt_stands_in_the_released_template(rows: list[list[int]], janus: Janus):
    said = word_tokenizer().decode(rows[1][rows[1].index(1) :])
    assert said == "<bos> <|User|>: two dog <|Assistant|>: <begin_of_image>"
    assert {len(row) for row in rows} == {128} and rows[1][:122] == [0] * 122
    CUTS.taken()
    prompts = JanusPrompts.__new__(JanusPrompts)
    prompts.tokenizer, prompts.model, prompts.image = word_tokenizer(), janus, 3
    (long,) = prompts.rows(["cat " * 300])
    assert (
        long[0] == 1
        and len(long) == 128
        and word_tokenizer().decode(long[-3:]) == "cat <|Assistant|>: <begin_of_image>"
    )
    assert [cut["limit"] for cut in CUTS.taken()] == [128]


def test_greedy_runs_are_transformers_own_guided_and_not(whole, janus: Janus, rows: list[list[int]]):
    for scale in (5.0, 2.5):
        decoder = RasterDecoder(janus, read_rows, 4, DrawSettings(guidance_scale=scale, temperature=0))
        codes = torch.full((3, 16), CODES)
        for _ in range(4):
            codes, _ = decoder.draw([tuple(row) for row in rows], codes, [1, 2, 3])
        for row, own in zip(rows, codes, strict=True):
            assert torch.equal(generated(whole, row, scale)[0], own)
    plain = RasterDecoder(janus, read_rows, 2, DrawSettings(temperature=0))
    codes = plain.complete([tuple(rows[0])], torch.full((1, 16), CODES))
    assert torch.equal(forced_logits(whole, rows[0], codes, False).argmax(-1), codes[0])


@torch.no_grad()
def forced_logits(whole: JanusForConditionalGeneration, row: list[int], codes: Tensor, null: bool) -> Tensor:
    """(N, K) logits along a path, by transformers' modules in one pass."""
    ids = ids_of(row)
    if null:
        ids = torch.where((ids == 1) | (ids == 3), ids, 0)
    words = whole.get_input_embeddings()(ids)
    image = whole.prepare_embeddings_for_image_generation(codes)
    hidden = whole.model.language_model(inputs_embeds=torch.cat([words, image], 1)).last_hidden_state
    return whole.model.generation_head(hidden[:, ids.shape[1] - 1 : -1])[0]


def test_logits_along_a_forced_path_are_transformers_own(whole, janus: Janus, rows: list[list[int]]):
    codes = torch.randint(0, CODES, (3, 16), generator=torch.Generator().manual_seed(5))
    every = torch.arange(3)
    settings = DrawSettings(guidance_scale=5.0)
    with torch.no_grad():
        branches = [janus.image_logits(torch.tensor(rows), every.ge(0) & null, codes, every) for null in (False, True)]
    for row in range(3):
        expected = [forced_logits(whole, rows[row], codes[row : row + 1], null) for null in (False, True)]
        torch.testing.assert_close(branches[0][row], expected[0], atol=1e-4, rtol=0)
        torch.testing.assert_close(branches[1][row], expected[1], atol=1e-4, rtol=0)
        places = torch.arange(16)
        ours = guided(torch.cat([one[row] for one in branches]), places, settings)
        torch.testing.assert_close(ours, guided(torch.cat(expected), places, settings), atol=1e-3, rtol=0)


def test_sampled_codes_have_the_log_probabilities_of_a_forced_path(whole, janus: Janus, rows: list[list[int]]):
    settings = DrawSettings(guidance_scale=3.0, temperature=0.8)
    decoder, codes, certainty = RasterDecoder(janus, read_rows, 3, settings), torch.full((2, 16), CODES), 0
    for _ in range(4):
        codes, own = decoder.draw([tuple(row) for row in rows[:2]], codes, [8, 9])
        certainty = certainty + own
    for row in range(2):
        both = [forced_logits(whole, rows[row], codes[row : row + 1], null) for null in (False, True)]
        expected = (guided(torch.cat(both), torch.arange(16), settings) / 0.8).log_softmax(-1)
        own = expected.gather(-1, codes[row].unsqueeze(-1)).squeeze(-1)
        torch.testing.assert_close(certainty[row], own, atol=1e-3, rtol=0)


def test_a_path_does_not_depend_on_its_company_or_slot(janus: Janus, rows: list[list[int]]):
    texts = [tuple(row) for row in rows]
    together = RasterDecoder(janus, read_rows, 3, DrawSettings(guidance_scale=5.0))
    codes = torch.full((3, 16), CODES)
    for _ in range(4):
        codes, _ = together.draw(texts, codes, [1, 2, 3])
    for row, seed in ((0, 1), (2, 3)):
        alone, own = RasterDecoder(janus, read_rows, 2, DrawSettings(guidance_scale=5.0)), torch.full((1, 16), CODES)
        for _ in range(4):
            own, _ = alone.draw([texts[row]], own, [seed])
        assert torch.equal(own[0], codes[row])


def test_pixels_are_transformers_own_and_codes_come_back(whole, folder: Path):
    images = load_janus_images(folder)
    codes = torch.randint(0, CODES, (2, 16), generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        pixels = images.decode(codes)
        expected = whole.decode_image_tokens(codes).permute(0, 3, 1, 2)
        torch.testing.assert_close(pixels, expected, atol=1e-5, rtol=0)
        features = whole.model.vqmodel.quant_conv(whole.model.vqmodel.encoder(pixels)).flatten(2).transpose(1, 2)
        directions = torch.nn.functional.normalize(whole.model.vqmodel.quantize.embedding.weight, dim=-1)
        distances = torch.cdist(torch.nn.functional.normalize(features, dim=-1), directions)
        assert torch.equal(images.encode(pixels), distances.argmin(-1))


def test_the_released_layout_is_the_same_model(whole, tmp_path: Path):
    source = written_released(tmp_path / "released")
    with pytest.raises(ValueError, match="pickle"):
        load_janus(source)
    index = source / "pytorch_model.bin.index.json"
    assert main([str(index), str(source)]) == 0
    for pickle in [*source.glob("*.bin"), index]:
        pickle.unlink()
    model, record = load_janus(source)
    assert family_of(source).record(source) == record and record["family"] == "janus-pro"
    expected, found = whole.state_dict(), model.state_dict()
    assert set(found) == set(expected)
    for name, tensor in found.items():
        assert torch.equal(tensor, expected[name])
    known, own = sizes_of(whole.config).janus, model.config.janus
    for part in ("vision_config", "vq_config"):
        assert {name: own[part][name] for name in known[part]} == known[part]


def test_a_head_of_words_that_is_the_embedding_is_kept_once(tmp_path: Path):
    model, _ = load_janus(written_janus(tmp_path / "tied", tied=True))
    assert "lm_head.weight" not in model.state_dict()
