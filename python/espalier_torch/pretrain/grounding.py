"""Grounding: at every image token, which thing of the caption it belongs to, and whether it is an object's centre.

Known from the rendered scene. It teaches a trunk whose colour is whose and who is left of whom in a fraction of the
samples that true and false captions alone take.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from espalier_torch.pretrain.tokenised import Captioned

PHRASES = 3
"""None, the first thing, the second thing."""
OUTPUTS = PHRASES + 1
"""Logits at a token: the phrases', and that of a centre."""
BACKGROUND = 0.15
"""Weight of a token that belongs to nothing, and of one that is no centre."""


def grounding_loss(logits: Tensor, scene: Captioned) -> Tensor:
    """Cross-entropy of each token's phrase plus half the binary one of the centres, each a weighted mean.

    Args:
        logits: (B, N, OUTPUTS).
        scene: the B scenes and what their captions name.

    Returns:
        ().
    """
    weights = torch.full((PHRASES,), 1.0, device=logits.device)
    weights[0] = BACKGROUND
    phrase = F.cross_entropy(logits[..., :PHRASES].flatten(0, 1).float(), scene.phrases.flatten(), weights)
    target = scene.centres.float()
    centre = F.binary_cross_entropy_with_logits(
        logits[..., PHRASES].float(), target, target + BACKGROUND * (1 - target), reduction="sum"
    )
    return phrase + 0.5 * centre / (target + BACKGROUND * (1 - target)).sum()
