"""MAGVIT-v2 computes what the reference computed, and has the full-size model's parameters."""

import json
from pathlib import Path

import pytest
import torch
from conftest import REPOSITORY
from safetensors.torch import load_file

from espalier_torch.families.showo.magvit import Magvit, MagvitConfig, load_magvit, magvit_from_weights, released_bytes

GOLDEN = REPOSITORY / "test" / "golden" / "magvit"
KNOWN = load_file(GOLDEN / "shallow_io.safetensors")


@pytest.fixture(scope="module")
def magvit() -> Magvit:
    """The tokenizer of the reference's weights."""
    return load_magvit(GOLDEN / "shallow_weights.safetensors")[0]


@pytest.mark.parametrize("size", [32, 64])
@torch.no_grad()
def test_codes_and_pixels(magvit: Magvit, size: int):
    pixels = KNOWN[f"s{size}.pixels"]
    torch.testing.assert_close(magvit.encoder(pixels), KNOWN[f"s{size}.encoder_output"], atol=1e-5, rtol=0)
    assert torch.equal(magvit.encode(pixels), KNOWN[f"s{size}.ids"])
    for ids, decoded in (("ids", "decoded_ids"), ("random_ids", "decoded_random_ids")):
        found = magvit.decode(KNOWN[f"s{size}.{ids}"])
        torch.testing.assert_close(found, KNOWN[f"s{size}.{decoded}"], atol=1e-3, rtol=0)
    shown = released_bytes(magvit.decode(KNOWN[f"s{size}.ids"])).int()
    assert (shown - KNOWN[f"s{size}.decoded_ids_uint8_nhwc"].int()).abs().max() <= 1


@torch.no_grad()
def test_a_grid_that_is_not_square(magvit: Magvit):
    found = magvit.decode(KNOWN["rect.ids"], grid=(3, 5))
    torch.testing.assert_close(found, KNOWN["rect.decoded"], atol=1e-3, rtol=0)


def test_sizes_are_read_off_the_weights(magvit: Magvit):
    known = json.loads((GOLDEN / "config.json").read_text())["config"]
    expected = (known["ch"], *map(tuple, (known["enc_mult"], known["dec_mult"], known["enc_res"], known["dec_res"])))
    assert magvit.config == MagvitConfig(*expected, known["z"])
    assert magvit.config.pixels_a_token == 4
    assert torch.equal(magvit.quantize.embedding, KNOWN["quantize.embedding"])


def test_the_full_size_model_has_the_released_parameters():
    known = json.loads((GOLDEN / "full_size_parameter_shapes.json").read_text())
    with torch.device("meta"):
        model = Magvit(MagvitConfig())
    assert {name: list(tensor.shape) for name, tensor in model.named_parameters()} == known["parameters"]
    assert {name: list(tensor.shape) for name, tensor in model.named_buffers()} == known["buffers"]


def test_other_weights_are_refused(tmp_path: Path, magvit: Magvit):
    weights = magvit.state_dict()
    with pytest.raises(ValueError, match="not those of MAGVIT-v2"):
        magvit_from_weights({**weights, "encoder.extra": torch.zeros(1)})
    with pytest.raises(ValueError, match="lack"):
        magvit_from_weights({})
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ValueError, match="convert_weights"):
        load_magvit(tmp_path)
