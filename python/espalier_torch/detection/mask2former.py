"""Mask2Former from a folder in transformers' format: pictures in, objects out."""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoImageProcessor, Mask2FormerConfig, Mask2FormerModel, Mask2FormerPreTrainedModel

from espalier_torch.checkpoints.model_weights import pretrained, pretrained_model
from espalier_torch.checkpoints.released_weights import read_config, weight_files
from espalier_torch.detection.classes import class_names
from espalier_torch.detection.instances import Frame, Instances, instances_of
from espalier_torch.runtime.files import digest_of, sha256_of


class InstanceModel(Mask2FormerPreTrainedModel):
    """Mask2FormerForUniversalSegmentation without its training loss, which transformers builds with scipy only.

    Parameters have the same names, so a folder of either is read by both.
    """

    _keys_to_ignore_on_load_unexpected = (r"criterion\..*",)

    def __init__(self, config: Mask2FormerConfig):
        super().__init__(config)
        self.model = Mask2FormerModel(config)
        self.class_predictor = nn.Linear(config.hidden_dim, config.num_labels + 1)
        self.post_init()

    def forward(self, pixel_values: Tensor, pixel_mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) and (B, H, W), 0 where padded -> class logits (B, Q, C + 1), mask logits (B, Q, H/4, W/4)."""
        # Asked for, because only then the normalised states that the classes are read from come along.
        found = self.model(pixel_values, pixel_mask=pixel_mask, output_hidden_states=True, return_dict=True)
        last = found.transformer_decoder_intermediate_states[-1].transpose(0, 1)
        return self.class_predictor(last), found.masks_queries_logits[-1]


class ObjectFinder:
    """Finds COCO's objects in pictures; numbers are float32, because thresholds decide.

    identity: digest of the weights and of how pictures are prepared.
    """

    def __init__(self, folder: str | Path, device: torch.device, batch: int = 8):
        folder = Path(folder)
        config = read_config(folder)
        if config.get("model_type") != "mask2former":
            raise ValueError(f"Expected a Mask2Former in {folder}, its config.json says {config.get('model_type')!r}")
        files = weight_files(folder)
        prepared = folder / "preprocessor_config.json"
        if not prepared.is_file():
            raise ValueError(f"{folder} lacks preprocessor_config.json, which says how pictures are prepared")
        self.identity = digest_of([sha256_of(file) for file in [*files, prepared]])
        self.model = pretrained_model(InstanceModel, folder, torch.float32).to(device)
        self.classes = class_names(self.model.config.id2label)
        self.processor = pretrained(AutoImageProcessor, folder)
        self.batch = batch

    @torch.inference_mode()
    def find(self, pictures: Tensor, above: float) -> list[Instances]:
        """The objects of each of (B, H, W, 3) uint8 pictures, with scores above `above`. Masks stay on the device."""
        return [found for part in pictures.split(self.batch) for found in self.find_together(part, above)]

    def find_together(self, pictures: Tensor, above: float) -> list[Instances]:
        """The same in one forward pass."""
        inputs = self.processor(
            images=list(pictures.cpu().numpy()), return_tensors="pt", input_data_format="channels_last"
        ).to(self.model.device)
        class_logits, mask_logits = self.model(inputs["pixel_values"], inputs["pixel_mask"])
        picture = (pictures.shape[1], pictures.shape[2])
        padded = tuple(inputs["pixel_values"].shape[-2:])
        frames = [Frame(padded, content_of(mask), picture) for mask in inputs["pixel_mask"]]
        return [instances_of(*of_one, above) for of_one in zip(class_logits, mask_logits, frames, strict=True)]


def content_of(mask: Tensor) -> tuple[int, int]:
    """Height and width of what is not padding, from (H, W)."""
    return int(mask.any(1).sum()), int(mask.any(0).sum())
