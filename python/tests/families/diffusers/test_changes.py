"""A LoRA is added to the layers that it names, and to no others."""

import pytest
import torch
from torch import nn

from espalier_torch.families.diffusers.changes import changed_denoiser, write_lora


def written(folder, **layers):
    """A folder with a LoRA of rank 2 whose A and B have these shapes' sides."""
    lora = {name: (torch.ones(2, wide), torch.ones(high, 2)) for name, (high, wide) in layers.items()}
    write_lora(lora, folder, "unet")
    return folder


def linear():
    """A denoiser of one layer, 3 to 4."""
    return nn.Sequential(nn.Linear(3, 4))


def test_it_is_added(tmp_path):
    denoiser = linear()
    before = denoiser[0].weight.clone()
    changed = changed_denoiser(denoiser, written(tmp_path, **{"0": (4, 3)}), "unet")
    assert torch.allclose(changed[0].weight, before + 2)


@pytest.mark.parametrize(
    ("layers", "words"), [({"0": (4, 1)}, r"got \(2, 1\) and \(4, 2\)"), ({"1": (4, 3)}, "which this unet has not")]
)
def test_one_of_another_model_is_refused(layers, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        changed_denoiser(linear(), written(tmp_path, **layers), "unet")
