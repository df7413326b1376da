"""Tiny random models of everything the paper's experiment needs, in the formats they are released in.

python python/tests/tiny_release.py FOLDER     writes show-o, magvitv2, phi, parm, mask2former and clip into FOLDER
"""

import sys
from pathlib import Path

import torch
from golden_showo import written_release
from safetensors.torch import save_file
from tiny_detectors import written_mask2former
from tiny_verifiers import written_clip, written_released_llava
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from espalier_torch.families.showo.magvit import Magvit, MagvitConfig

WORDS = "a an photo of and two three four bench cat dog car red blue green left right above below the".split()


def written_magvit(folder: Path) -> Path:
    """A MAGVIT-v2 of 64 codes, two pixels a token, as showlab/magvitv2 lies on the Hub."""
    torch.manual_seed(5)
    model = Magvit(MagvitConfig(32, (1, 1), (1, 1), (1, 1), (1, 1), bits=6))
    folder.mkdir(parents=True)
    save_file(model.state_dict(), folder / "model.safetensors")
    return folder


def written_words(folder: Path) -> Path:
    """A word-level tokenizer in the place of Phi-1.5's; the tiny Show-o has ids for 199 words."""
    known = {word: index for index, word in enumerate(WORDS)} | {"[unk]": 198}
    made = Tokenizer(models.WordLevel(known, unk_token="[unk]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=made, unk_token="[unk]").save_pretrained(folder)
    return folder


if __name__ == "__main__":
    root = Path(sys.argv[1])
    written_release(root / "show-o")
    written_magvit(root / "magvitv2")
    written_words(root / "phi")
    written_released_llava(root / "parm")
    written_mask2former(root / "mask2former")
    written_clip(root / "clip")
