"""Show-o's checkpoints: the released folder is read, what does not fit is refused with its cure."""

import json
from pathlib import Path

import pytest
import torch
from golden_showo import layout, tiny_showo, written_release
from safetensors.torch import load_file, save_file

from espalier_torch.checkpoints.checkpoint_folder import load_weights, write_checkpoint
from espalier_torch.checkpoints.released_weights import read_weights
from espalier_torch.convert_weights import main
from espalier_torch.families.showo.layout import Layout
from espalier_torch.families.showo.model import Showo, ShowoConfig, load_showo, released_config
from espalier_torch.families.showo.sampler import ShowoSampler
from espalier_torch.objective.sampling import SamplerSettings

ROW = layout().rows(layout().text_row([5, 9]).unsqueeze(0), torch.full((1, 16), 64))


def logits_of(model: Showo) -> torch.Tensor:
    with torch.no_grad():
        return model(ROW, layout().attention(ROW))


def test_a_released_folder_is_read(tmp_path: Path):
    model, record = load_showo(written_release(tmp_path / "show-o"))
    assert torch.equal(logits_of(model), logits_of(tiny_showo()))
    assert record["family"] == "show-o" and len(record["identity"]) == 64


def test_show_o_512_is_known_by_its_config(tmp_path: Path):
    released = {"vocab_size": 58498, "llm_vocab_size": 50295, "codebook_size": 8192, "num_vq_tokens": 1024}
    (tmp_path / "config.json").write_text(json.dumps({**released, "llm_model_path": "microsoft/phi-1_5"}))
    config = released_config(tmp_path)
    assert config.tokens == 1024 and config.text_length == 129
    assert config.tokens + config.text_length + 2 <= config.phi["max_position_embeddings"]
    model, record = load_showo(written_release(tmp_path / "tiny", image_tokens=1024))
    sampler = ShowoSampler(model, SamplerSettings(steps=2, guidance_scale=1.75), 1)
    path = sampler.open([5, 9], 3)
    sampler.advance([path])
    assert path.tokens.shape == (1024,) and record["config"]["layout"]["image_tokens"] == 1024
    assert 0 < int((path.tokens == 64).sum()) < 1024


def test_shards_are_read_as_one_file_is(tmp_path: Path):
    folder = written_release(tmp_path / "show-o")
    whole = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(whole)
    index = {name: f"model-0000{number % 2 + 1}-of-00002.safetensors" for number, name in enumerate(names)}
    for file in set(index.values()):
        save_file({name: whole[name] for name in names if index[name] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
    assert torch.equal(logits_of(load_showo(folder)[0]), logits_of(tiny_showo()))
    index[names[0]] = "../elsewhere.safetensors"
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
    with pytest.raises(ValueError, match="beside it"):
        load_showo(folder)


def test_a_checkpoint_of_ours_is_read_again(tmp_path: Path):
    write_checkpoint(
        tmp_path / "round-1", "generator", tiny_showo(), exports=[], parents=["p"], training={}, family="show-o"
    )
    model, record = load_showo(tmp_path / "round-1")
    assert torch.equal(logits_of(model), logits_of(tiny_showo()))
    assert record["parents"] == ["p"]
    load_weights(tmp_path / "round-1", "generator", tiny_showo())


def test_a_pickle_is_refused_until_it_is_converted(tmp_path: Path):
    folder = written_release(tmp_path / "show-o")
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    pickle = folder / "pytorch_model.bin"
    torch.save(tensors, pickle)
    with pytest.raises(ValueError, match="convert_weights"):
        load_showo(folder)
    assert main([str(pickle), str(folder / "model.safetensors")]) == 0
    assert torch.equal(logits_of(load_showo(folder)[0]), logits_of(tiny_showo()))
    assert main([str(pickle), str(folder / "model.safetensors")]) == 2


def test_a_pickle_of_more_than_tensors_is_not_opened(tmp_path: Path, capsys: pytest.CaptureFixture):
    torch.save({"weights": Path("/")}, tmp_path / "bad.bin")
    assert main([str(tmp_path / "bad.bin"), str(tmp_path / "bad.safetensors")]) == 2
    assert "more than tensors" in capsys.readouterr().err
    assert not (tmp_path / "bad.safetensors").exists()


def test_what_does_not_fit_is_refused(tmp_path: Path):
    folder = written_release(tmp_path / "show-o")
    config = json.loads((folder / "config.json").read_text())
    for change, words in (
        ({"vocab_size": None}, "lacks vocab_size"),
        ({"phi_config": None, "llm_model_path": "other/model"}, "phi-1_5"),
        ({"phi_config": {**config["phi_config"], "num_hidden_layers": 3}}, "not those of the Show-o in"),
        ({"vocab_size": 300}, "tensors? mis-shaped"),
    ):
        changed = {name: value for name, value in {**config, **change}.items() if value is not None}
        (folder / "config.json").write_text(json.dumps(changed))
        with pytest.raises(ValueError, match=words):
            load_showo(folder)
    with pytest.raises(ValueError, match="No safetensors"):
        read_weights(tmp_path)


def test_the_real_ids_follow_from_the_defaults():
    real = Layout()
    assert (real.pad, real.special("<|t2i|>"), real.first_code, real.mask) == (50295, 50300, 50305, 58497)
    assert ShowoConfig.from_dict(json.loads(json.dumps(ShowoConfig().as_dict()))) == ShowoConfig()


def test_a_null_prompt_is_a_row_of_zeros_too():
    model, tokens = tiny_showo(), torch.full((1, 16), 64)
    with torch.no_grad():
        zeros = model.hidden(torch.zeros(1, 17, dtype=torch.int64), tokens)
        null = model.hidden(layout().text_row([]).unsqueeze(0), tokens)
        other = model.hidden(layout().text_row([7]).unsqueeze(0), tokens)
    assert torch.equal(zeros, null)
    assert (null - other).abs().max() > 1e-4
