"""The serving worker draws next-token families by rows, from tiny checkpoints in the formats they are released in."""

from pathlib import Path

import pytest
import torch
from golden_llamagen import tiny_llamagen
from llamagen_requests import written_llamagen, written_t5
from tiny_janus import written_janus
from tiny_next_token import written_vq

from espalier_torch.decoding.filters import DrawSettings
from espalier_torch.decoding.raster import RasterDecoder
from espalier_torch.families.pixels import to_bytes
from espalier_torch.families.raster_drawer import filled, marked
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.serve_requests import OpenRequest
from espalier_torch.serving.identity import identity_of
from espalier_torch.serving.models import Models

TEXTS = ["a photo of a cat", "two dog"]


@pytest.fixture(scope="module")
def llamagen(tmp_path_factory: pytest.TempPathFactory) -> Models:
    root = tmp_path_factory.mktemp("llamagen")
    named = {
        "generator": str(written_llamagen(root / "llamagen")),
        "image_tokenizer": str(written_vq(root / "vq")),
        "text_tokenizer": str(written_t5(root / "t5")),
    }
    how = {"guidance_scale": 3.0, "top_k": 20, "top_p": 0.9, "slots": 3, "device": "cpu"}
    return Models(OpenRequest(family="llamagen", **named, **how))


@pytest.fixture(scope="module")
def janus(tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = str(written_janus(tmp_path_factory.mktemp("janus") / "janus"))
    named = dict.fromkeys(("generator", "image_tokenizer", "text_tokenizer", "judge"), folder)
    return Models(OpenRequest(family="janus-pro", **named, guidance_scale=5.0, slots=2, device="cpu"))


def drawn(models: Models, steps: int) -> torch.Tensor:
    codes = models.described()["codebook_size"]
    tokens = torch.full((2, 16), codes, dtype=torch.int32)
    for step in range(steps):
        tokens = models.draw(TEXTS, tokens, torch.tensor([11, 12]), torch.tensor([step, step]))["drawn"]
    return tokens


def test_draws_are_the_decoders_own(llamagen: Models):
    rows = llamagen.rows(TEXTS)
    assert rows[0] == [0] * 4 + [3, 5, 6, 3, 12, 1]
    decoder = RasterDecoder(tiny_llamagen(), llamagen.drawer.decoder.captions, 3, DrawSettings(3.0, 1.0, 20, 0.9))
    codes = torch.full((2, 16), 96)
    for _ in range(4):
        codes, _ = decoder.draw([tuple(row) for row in rows], codes, [11, 12])
    assert torch.equal(drawn(llamagen, 4), codes.int())


def test_what_is_not_drawn_is_grey(llamagen: Models):
    half = drawn(llamagen, 2)
    pixels = llamagen.pixels(half)
    assert pixels.shape == (2, 16, 16, 3) and (pixels[:, 8:] == 127).all() and not (pixels[:, :8] == 127).all()
    whole = filled(half.long(), 96)
    assert torch.equal(whole[:, 8:12], half[:, 4:8].long()) and torch.equal(whole[:, 12:], half[:, 4:8].long())
    expected = to_bytes(llamagen.images.decode(whole))
    assert torch.equal(pixels[:, :8], expected[:, :8])
    assert torch.equal(pixels, marked(expected, half.long(), 96))
    assert (llamagen.pixels(torch.full((1, 16), 96)) == 127).all()


def test_an_image_is_completed_from_its_rows(llamagen: Models):
    half = drawn(llamagen, 2)
    whole = llamagen.complete(TEXTS, half)
    assert torch.equal(whole[:, :8], half[:, :8]) and int(whole.max()) < 96
    assert torch.equal(drawn(llamagen, 4)[:, :8], half[:, :8])


def test_a_janus_draws_and_judges_itself(janus: Models):
    described = janus.described()
    assert described["image_tokens"] == 16 and described["codebook_size"] == 64 and described["image_side"] == 16
    assert described["evaluations_a_step"] == 2 * 4 and len(janus.rows(TEXTS)[0]) == 128
    half, whole = drawn(janus, 2), drawn(janus, 4)
    scores = janus.ask(["outcome", "clarity"], TEXTS * 2, torch.cat([half, whole]))
    assert all(0 < score < 1 for row in scores for score in row)
    pixels = janus.pixels(whole)
    assert janus.tokens(pixels).shape == whole.shape
    folder = janus.request.generator
    assert identity_of("generator", folder, None) == described["generator"]
    assert identity_of("tokenizer", folder, None) == described["image_tokenizer"] != described["generator"]
    assert identity_of("judge", folder, None) == described["judge"]


def test_grids_that_no_step_leads_to_are_refused(llamagen: Models):
    half = drawn(llamagen, 2)
    seeds, twice = torch.tensor([1, 2]), torch.tensor([2, 2])
    wrong = [
        (lambda: llamagen.draw(TEXTS, half, seeds, twice + 1), "as many rows as steps"),
        (lambda: llamagen.draw(TEXTS, half.roll(1, 1), seeds, twice), "whole rows of 4 codes"),
        (lambda: llamagen.draw(TEXTS, half * 0, seeds, twice + 2), "no rows left"),
        (lambda: llamagen.pixels(half + 1), "0 to 96"),
        (lambda: llamagen.complete(TEXTS, half[:1]), "as many of each"),
    ]
    for call, message in wrong:
        with pytest.raises(RequestError, match=message):
            call()


def test_a_family_that_no_worker_serves_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="No worker serves"):
        Models(OpenRequest(family="bundled", image_tokenizer=str(tmp_path)))
