"""Tiny random next-token generators in the formats they are released in, with what judges and detects beside them.

python python/tests/tiny_next_token.py FOLDER     writes llamagen, vq, t5, janus, parm, mask2former and clip into FOLDER
"""

import gzip
import sys
from pathlib import Path

from golden_llamagen import GOLDEN
from llamagen_requests import written_llamagen, written_t5
from tiny_detectors import written_mask2former
from tiny_janus import written_janus
from tiny_verifiers import written_clip, written_released_llava


def written_vq(folder: Path) -> Path:
    """The tiny image tokenizer of LlamaGen, converted."""
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(gzip.decompress((GOLDEN / "vq_tiny.safetensors.gz").read_bytes()))
    return folder


if __name__ == "__main__":
    root = Path(sys.argv[1])
    written_llamagen(root / "llamagen")
    written_vq(root / "vq")
    written_t5(root / "t5")
    written_janus(root / "janus")
    written_released_llava(root / "parm")
    written_mask2former(root / "mask2former")
    written_clip(root / "clip")
