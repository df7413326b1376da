"""ImageReward under its released names: the plain forward pass's score, whatever is judged beside."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_image_reward import SIDE, image_reward_weights, plain_reward, written_image_reward

from espalier_torch.verifiers.image_reward import MEAN, PIXEL_MEAN, PIXEL_STD, STD, prepared
from espalier_torch.verifiers.reward import load_reward_judge

CPU = torch.device("cpu")
PROMPTS = ["a photo of a red cat", "a blue dog", "a cat"]
PICTURES = torch.randint(0, 256, (3, SIDE, SIDE, 3), generator=torch.Generator().manual_seed(3)).to(torch.uint8)


def test_scores_are_those_of_the_plain_forward_pass(tmp_path: Path):
    judge = load_reward_judge(written_image_reward(tmp_path), CPU, torch.float32, batch=2)
    scores = judge.ask(["outcome"], PROMPTS, PICTURES)[0]
    weights = image_reward_weights()
    for prompt, picture, score in zip(PROMPTS, PICTURES, scores, strict=True):
        ids = judge.reward.tokenizer(prompt)["input_ids"]
        with torch.no_grad():
            raw = plain_reward(weights, prepared(picture.unsqueeze(0), SIDE)[0], ids)
        assert score.item() == pytest.approx(torch.sigmoid((raw - MEAN) / STD).item(), abs=1e-5)
    assert scores.std() > 1e-3 and judge.forwards == 3
    with pytest.raises(ValueError, match="answers 'outcome' only"):
        judge.ask(["clarity"], PROMPTS, PICTURES)


def test_pictures_are_resized_cut_and_normalised():
    white = prepared(torch.full((1, 2 * SIDE, 4 * SIDE, 3), 255, dtype=torch.uint8), SIDE)
    assert white.shape == (1, 3, SIDE, SIDE)
    expected = (1 - torch.tensor(PIXEL_MEAN)) / torch.tensor(PIXEL_STD)
    torch.testing.assert_close(white.mean((0, 2, 3)), expected, atol=1e-5, rtol=0)


def test_other_weights_are_refused_by_name(tmp_path: Path):
    folder = written_image_reward(tmp_path)
    file = folder / "model.safetensors"
    whole = load_file(file)
    for change, words in (
        ({"mlp.layers.0.weight": None, "mlp.layers.0.bias": None}, "head"),
        ({"blip.text_encoder.encoder.layer.0.output.dense.bias": None}, "text encoder.*output.dense.bias"),
        ({"blip.visual_encoder.patch_embed.proj.weight": None}, "no image encoder"),
        ({"queue": torch.zeros(1)}, "queue"),
    ):
        changed = {name: tensor for name, tensor in {**whole, **change}.items() if tensor is not None}
        save_file(changed, file)
        with pytest.raises(ValueError, match=words):
            load_reward_judge(folder, CPU, torch.float32)
