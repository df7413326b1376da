"""Tiny models of the photograph detector in their formats on disk.

python python/tests/tiny_detectors.py FOLDER     writes FOLDER/mask2former and FOLDER/clip
"""

import sys
from pathlib import Path

import torch
from tiny_verifiers import written_clip
from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, Mask2FormerImageProcessor, SwinConfig
from transformers.models.mask2former import modeling_mask2former

from espalier_torch.detection.classes import CLASSES

COCO_NAMES = {"computer mouse": "mouse", "tv remote": "remote", "computer keyboard": "keyboard"}


def whole_model(labels: int = len(CLASSES), seed: int = 0) -> Mask2FormerForUniversalSegmentation:
    """transformers' own class, its loss included, with random weights that find something."""
    torch.manual_seed(seed)
    swin = SwinConfig(
        image_size=32, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2], window_size=2,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )  # fmt: skip
    names = [COCO_NAMES.get(name, name) for name in CLASSES[:labels]]
    config = Mask2FormerConfig(
        backbone_config=swin, hidden_dim=32, feature_size=32, mask_feature_size=32, dim_feedforward=16,
        encoder_feedforward_dim=16, encoder_layers=1, decoder_layers=2, num_attention_heads=2, num_queries=5,
        id2label=dict(enumerate(names)), label2id={name: index for index, name in enumerate(names)},
    )  # fmt: skip
    before, modeling_mask2former.requires_backends = modeling_mask2former.requires_backends, lambda *_: None
    try:
        model = Mask2FormerForUniversalSegmentation(config)
    finally:
        modeling_mask2former.requires_backends = before
    with torch.no_grad():
        model.class_predictor.weight.mul_(200)
    return model.eval()


def written_mask2former(folder: Path, labels: int = len(CLASSES)) -> Path:
    """A tiny Mask2Former with its processor, as facebook/mask2former-swin-small-coco-instance lies on the Hub."""
    whole_model(labels).save_pretrained(folder)
    Mask2FormerImageProcessor(size={"shortest_edge": 64, "longest_edge": 128}).save_pretrained(folder)
    return folder


if __name__ == "__main__":
    root = Path(sys.argv[1])
    written_mask2former(root / "mask2former")
    written_clip(root / "clip")
