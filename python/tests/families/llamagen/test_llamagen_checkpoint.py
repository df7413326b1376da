"""LlamaGen's files: released pickles are converted without being unpickled, and what does not fit is refused."""

import argparse
import json
from pathlib import Path

import pytest
import torch
from golden_llamagen import GOLDEN, numbers, tensors, tiny_config
from llamagen_requests import written_llamagen, written_t5

from espalier_torch.convert_weights import main
from espalier_torch.families.llamagen.checkpoint import config_of, load_llamagen
from espalier_torch.families.llamagen.model import LlamaGenConfig
from espalier_torch.families.llamagen.text import CaptionEncoder
from espalier_torch.families.llamagen.tokenizer import load_tokenizer
from espalier_torch.families.registry import family_of
from espalier_torch.runtime.cut_texts import CUTS


@pytest.mark.parametrize("wrapper", ["model", "module", "state_dict"])
def test_a_released_file_is_converted_with_the_config_it_lacks(tmp_path: Path, wrapper: str):
    weights, source, target = tensors("llamagen_tiny"), tmp_path / "t2i.pt", tmp_path / "out" / "model.safetensors"
    torch.save({wrapper: weights, "args": argparse.Namespace(image_size=64), "steps": 3}, source)
    assert main([str(source), str(target)]) == 2 and not target.exists()
    assert main([str(source), str(target), "--image-side", "64"]) == 0
    raw = json.loads((tmp_path / "out" / "config.json").read_text())
    # Heads of the tiny model are narrower than any released one's.
    (tmp_path / "out" / "config.json").write_text(json.dumps({**raw, "heads": 4, "key_heads": 4}))
    model, record = load_llamagen(tmp_path / "out")
    assert record["family"] == "llamagen" and model.config.tokens == 16
    assert family_of(tmp_path / "out").record(tmp_path / "out") == record
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, weights[name])


def test_sizes_are_read_off_the_released_weights():
    shapes = numbers("full_size_parameter_shapes")["gpt_xl_t2i_256"]
    weights = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    assert config_of(weights, 256) == LlamaGenConfig()
    assert config_of(weights, 512).tokens == 1024
    with pytest.raises(ValueError, match="multiple of 16"):
        config_of(weights, 250)


def test_the_released_tokenizer_loses_its_usage_counts(tmp_path: Path):
    import gzip  # noqa: PLC0415

    from safetensors.torch import load, save_file  # noqa: PLC0415

    weights = load(gzip.decompress((GOLDEN / "vq_tiny.safetensors.gz").read_bytes()))
    save_file({**weights, "quantize.codebook_used": torch.zeros(65536)}, tmp_path / "vq.safetensors")
    assert load_tokenizer(tmp_path / "vq.safetensors").config.codebook_size == 96
    del weights["post_quant_conv.bias"]
    save_file(weights, tmp_path / "cut.safetensors")
    with pytest.raises(ValueError, match=r"1 tensor missing \(post_quant_conv.bias\)"):
        load_tokenizer(tmp_path / "cut.safetensors")


def test_captions_are_read_alike_alone_and_together(tmp_path: Path):
    encoder = CaptionEncoder(written_t5(tmp_path / "t5"), tiny_config(4), torch.device("cpu"), torch.float32)
    rows = encoder.rows(["a Photo of  a CAT", "a red car"])
    assert rows == [[0] * 4 + [3, 5, 6, 3, 12, 1], [0] * 6 + [3, 15, 14, 1]]
    both = encoder(torch.tensor(rows))
    assert both.shown.sum(1).tolist() == [6, 4]
    alone = encoder(torch.tensor(rows[1:]))
    torch.testing.assert_close(alone.states[0, 6:], both.states[1, 6:], atol=1e-5, rtol=0)
    # As released: padded on the right, then turned to the left.
    with torch.no_grad():
        ids = torch.tensor([[3, 15, 14, 1] + [0] * 6])
        released = encoder.model(input_ids=ids, attention_mask=(ids != 0).long()).last_hidden_state
    torch.testing.assert_close(released[0, :4], both.states[1, 6:], atol=1e-5, rtol=0)
    CUTS.taken()
    (long,) = encoder.rows(["a cat " * 20])
    assert len(long) == 10 and long[-1] == 1
    assert [cut["limit"] for cut in CUTS.taken()] == [10]


def test_what_is_something_else_is_refused(tmp_path: Path):
    folder = written_llamagen(tmp_path / "llamagen")
    with pytest.raises(ValueError, match="states of 24"):
        wide = LlamaGenConfig()
        CaptionEncoder(written_t5(tmp_path / "t5"), wide, torch.device("cpu"), torch.float32)
    raw = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**raw, "layers": 4}))
    with pytest.raises(ValueError, match="7 tensors missing"):
        load_llamagen(folder)
    (folder / "config.json").write_text(json.dumps({**raw, "colour": 4}))
    with pytest.raises(ValueError, match="no generator's"):
        load_llamagen(folder)
    (folder / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="is not LlamaGen's"):
        load_llamagen(folder)
