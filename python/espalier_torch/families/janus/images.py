"""Janus-Pro's image tokenizer: LlamaGen's VQ-16 in transformers' modules (arXiv 2501.17811, section 2)."""

from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn
from transformers import JanusVQVAE

from espalier_torch.families.janus.checkpoint import load_images


class JanusImages(nn.Module):
    """Pixels to codes and back.

    Codes are compared by direction, as they were learned; transformers' own `encode` compares them by distance.
    """

    def __init__(self, tokenizer: JanusVQVAE):
        super().__init__()
        self.tokenizer = tokenizer
        self.codebook_size = tokenizer.config.num_embeddings
        self.pixels_a_token = 2 ** (len(tokenizer.config.channel_multiplier) - 1)

    def encode(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1], sides multiples of `pixels_a_token` -> (B, h * w) int64 codes, row-major."""
        features = self.tokenizer.quant_conv(self.tokenizer.encoder(pixels)).flatten(2).transpose(1, 2)
        directions = F.normalize(self.tokenizer.quantize.embedding.weight, dim=-1)
        return (F.normalize(features, dim=-1) @ directions.T).argmax(-1)

    def decode(self, codes: Tensor) -> Tensor:
        """(B, N) int64 codes of a square -> (B, 3, H, W), about [-1, 1], not clamped."""
        side = round(codes.shape[1] ** 0.5)
        directions = F.normalize(self.tokenizer.quantize.embedding.weight, dim=-1)
        latents = F.embedding(codes, directions).transpose(1, 2).unflatten(2, (side, side))
        return self.tokenizer.decoder(self.tokenizer.post_quant_conv(latents))


def load_janus_images(folder: str | Path) -> JanusImages:
    """The image tokenizer of a model folder, in float32. Raises ValueError when there is none."""
    return JanusImages(load_images(folder)).eval()
