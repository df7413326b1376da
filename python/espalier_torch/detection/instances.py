"""From the logits of Mask2Former's queries to objects with masks, boxes and scores.

The steps are those of MMDetection's Mask2Former (Cheng et al., 2022, arXiv 2112.01527, section 4.1), which GenEval's
reference runs: masks are enlarged to the model's input, cut to the picture in it and brought to the picture's own size
as logits; an object's score is its class's probability times the mean probability of its mask's pixels.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

MOST_INSTANCES = 100
"""Pairs of a query and a class that are looked at in one image, as the reference's configuration says."""

# A mask's mean probability is at most 1, but for rounding.
ROUNDING = 1e-4


@dataclass(frozen=True)
class Frame:
    """(height, width) in pixels: of the model's padded input, of the picture in its corner, of the picture itself."""

    padded: tuple[int, int]
    content: tuple[int, int]
    picture: tuple[int, int]


@dataclass(frozen=True)
class Instances:
    """The objects of one image, the most certain first.

    labels: (I,) int64, index of the class. scores: (I,) float32. masks: (I, H, W) bool.
    boxes: (I, 4) int64, x1 y1 x2 y2 around the mask; x2 and y2 lie one pixel outside it.
    """

    labels: Tensor
    scores: Tensor
    boxes: Tensor
    masks: Tensor


def instances_of(class_logits: Tensor, mask_logits: Tensor, frame: Frame, above: float) -> Instances:
    """The objects of one image with a score above `above`.

    Args:
        class_logits: (Q, C + 1) of Q queries; the last class is "no object".
        mask_logits: (Q, h, w) at any resolution of the padded input.
        frame: the sizes.
        above: 0..1, compared in float32.

    Raises:
        FloatingPointError: a logit is no number: an image without objects must not come of it.
    """
    if not (torch.isfinite(class_logits).all() and torch.isfinite(mask_logits).all()):
        raise FloatingPointError("The detector gave logits that are not finite numbers")
    probabilities = class_logits.float().softmax(-1)[:, :-1]
    classes = probabilities.shape[1]
    likely, places = probabilities.flatten().topk(min(MOST_INSTANCES, probabilities.numel()))
    # Masks only make a score smaller, so most queries need none.
    places = places[likely > above - ROUNDING]
    masks = in_picture(mask_logits[places // classes].float(), frame)
    scores = probabilities.flatten()[places] * certainty(masks)
    kept = scores > torch.tensor(above, dtype=torch.float32)
    order = scores[kept].argsort(descending=True, stable=True)
    found = masks[kept][order] > 0
    return Instances((places % classes)[kept][order], scores[kept][order], boxes_of(found), found)


def in_picture(logits: Tensor, frame: Frame) -> Tensor:
    """(I, h, w) logits of the padded input -> (I, H, W) logits of the picture."""
    height, width = frame.content
    enlarged = F.interpolate(logits[:, None], frame.padded, mode="bilinear", align_corners=False)
    return F.interpolate(enlarged[..., :height, :width], frame.picture, mode="bilinear", align_corners=False)[:, 0]


def certainty(logits: Tensor) -> Tensor:
    """(I, H, W) mask logits -> (I,) mean probability of the pixels inside the mask; 0 for an empty one."""
    inside = (logits > 0).float()
    return (logits.sigmoid() * inside).sum((1, 2)) / (inside.sum((1, 2)) + 1e-6)


def boxes_of(masks: Tensor) -> Tensor:
    """(I, H, W) bool -> (I, 4) int64, as Instances has them; zeros for an empty mask."""
    boxes = torch.zeros(len(masks), 4, dtype=torch.int64, device=masks.device)
    for axis, spanned in ((0, masks.any(1)), (1, masks.any(2))):
        filled = spanned.any(1)
        marks = spanned.to(torch.uint8)
        boxes[filled, axis] = marks.argmax(1)[filled]
        boxes[filled, axis + 2] = spanned.shape[1] - marks.flip(1).argmax(1)[filled]
    return boxes
