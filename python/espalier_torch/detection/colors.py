"""Which colour an object has, by CLIP: its cut-out on grey against texts that name a colour and the object."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AutoProcessor, CLIPModel

from espalier_torch.checkpoints.model_weights import pretrained, pretrained_model
from espalier_torch.checkpoints.released_weights import read_config, weight_files
from espalier_torch.detection.instances import Instances
from espalier_torch.runtime.cut_texts import COLOR_WORDING, tokens_read
from espalier_torch.runtime.files import digest_of, sha256_of

READER = "the CLIP that names colours"
GREY = 0x99
"""What takes the place of the picture outside the object: #999, as in GenEval's reference."""


class ColorNamer:
    """Names the colour of objects.

    Args:
        model, processor: a CLIP.
        colors: the names that can be given.
        wordings: texts with {color} and, where they like, {name}; a colour of an object is the mean of its texts.
        batch: cut-outs looked at together.
    """

    def __init__(
        self, model: CLIPModel, processor: Any, colors: Sequence[str], wordings: Sequence[str], batch: int = 64
    ):
        self.model, self.processor = model, processor
        self.colors, self.wordings, self.batch = list(colors), list(wordings), batch
        self.known: dict[str, Tensor] = {}

    @torch.inference_mode()
    def name(self, picture: Tensor, found: Instances, names: Sequence[str]) -> list[str]:
        """The colour of each object of a (H, W, 3) uint8 picture; `names` says what each is."""
        if not names:
            return []
        seen = torch.cat([self.looked_at(part) for part in batches(cut_outs(picture, found), self.batch)])
        nearest = [(self.colors_of(name) @ one).argmax() for name, one in zip(names, seen, strict=True)]
        return [self.colors[int(index)] for index in nearest]

    def looked_at(self, pictures: Sequence[np.ndarray]) -> Tensor:
        """(B, D) unit vectors of pictures of any sizes."""
        inputs = self.processor(images=list(pictures), return_tensors="pt", input_data_format="channels_last")
        pixels = inputs["pixel_values"].to(self.model.device, self.model.dtype)
        return F.normalize(self.model.visual_projection(self.model.vision_model(pixels).pooler_output).float(), dim=-1)

    def colors_of(self, name: str) -> Tensor:
        """(C, D): a unit vector for each colour of an object, made once a name."""
        if name not in self.known:
            texts = [wording.format(color=color, name=name) for color in self.colors for wording in self.wordings]
            positions = self.model.config.text_config.max_position_embeddings
            limit = tokens_read(self.processor.tokenizer, texts, positions, READER, COLOR_WORDING)
            inputs = self.processor(text=texts, return_tensors="pt", padding=True, truncation=True, max_length=limit)
            inputs = {key: value.to(self.model.device) for key, value in inputs.items() if key != "token_type_ids"}
            read = F.normalize(
                self.model.text_projection(self.model.text_model(**inputs).pooler_output).float(), dim=-1
            )
            self.known[name] = F.normalize(read.view(len(self.colors), len(self.wordings), -1).mean(1), dim=-1)
        return self.known[name]


def cut_outs(picture: Tensor, found: Instances) -> list[np.ndarray]:
    """Each object in its box, grey around it: (h, w, 3) uint8."""
    pixels = picture.cpu().numpy()
    cut = []
    for mask, (x1, y1, x2, y2) in zip(found.masks.cpu().numpy(), found.boxes.tolist(), strict=True):
        cut.append(np.where(mask[y1:y2, x1:x2, None], pixels[y1:y2, x1:x2], np.uint8(GREY)))
    return cut


def batches(things: Sequence[np.ndarray], size: int) -> list[Sequence[np.ndarray]]:
    """Consecutive parts of at most `size`."""
    return [things[first : first + size] for first in range(0, len(things), size)]


def load_color_namer(
    folder: str | Path, colors: Sequence[str], wordings: Sequence[str], device: torch.device
) -> tuple[ColorNamer, str]:
    """The CLIP of a folder, and its digest. Raises ValueError for another model, or a wording without a colour."""
    folder = Path(folder)
    if read_config(folder).get("model_type") != "clip":
        raise ValueError(f"{folder} is no CLIP model: colours are named by one in CLIP's format")
    for wording in wordings:
        try:
            named = wording.format(color="red", name="")
        except (KeyError, IndexError, ValueError) as cause:
            raise ValueError(f"A wording may hold {{color}} and {{name}} alone, got {wording!r}") from cause
        if "red" not in named:
            raise ValueError(f"Every wording must hold {{color}}, got {wording!r}")
    identity = digest_of([sha256_of(file) for file in weight_files(folder)])
    model = pretrained_model(CLIPModel, folder, torch.float32).to(device)
    return ColorNamer(model, pretrained(AutoProcessor, folder), colors, wordings), identity
