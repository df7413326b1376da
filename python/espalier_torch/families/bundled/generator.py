"""The bundled generator: a masked-token transformer over 8 words and an 8 x 8 grid of image tokens.

Masked-token prediction as in MaskGIT (Chang et al., 2022, arXiv 2202.04200) and Show-o (Xie et al., 2024,
arXiv 2408.12528), with the codebook's own vectors as input and output features, a depthwise convolution over the
grid in every block, and the caption added to every image token. A generator that can correct images (PARM++ of
arXiv 2501.13926, section 4.2) is also shown the previous image and what was wrong with it.
"""

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from espalier_torch.checkpoints.checkpoint_folder import load_model
from espalier_torch.families.normalise import ATTENTION_SCALE, normalise
from espalier_torch.runtime.compiling import compiled


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes of the generator. The mask id is `codebook_size`."""

    vocabulary_size: int
    text_length: int = 8
    grid: int = 8
    codebook_size: int = 1024
    code_width: int = 16
    width: int = 128
    layers: int = 4
    heads: int = 4
    correction_reasons: int = 0
    """Reasons a correction may give; 0 for a generator that cannot correct images."""

    def as_dict(self) -> dict[str, int]:
        """The fields as plain JSON values."""
        return asdict(self)

    @property
    def tokens(self) -> int:
        """Image tokens of one image."""
        return self.grid * self.grid

    def used_text(self, text: Tensor) -> Tensor:
        """As TokenSizes.used_text: every caption has all words."""
        return text


class Block(nn.Module):
    """Depthwise convolution on the grid, self-attention, squared-ReLU MLP; all residual, pre-normalised."""

    def __init__(self, config: GeneratorConfig):
        super().__init__()
        self.config = config
        width = config.width
        self.convolution = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.attention_in = nn.Linear(width, 3 * width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.widen = nn.Linear(width, 4 * width, bias=False)
        self.narrow = nn.Linear(4 * width, width, bias=False)
        nn.init.zeros_(self.convolution.weight)
        nn.init.zeros_(self.convolution.bias)
        nn.init.zeros_(self.attention_out.weight)
        nn.init.zeros_(self.narrow.weight)

    def forward(self, x: Tensor, places: Tensor | None = None) -> Tensor:
        """(B, T + N, D) -> (B, T + N, D): T words, then N image tokens; (S, D) at the (S,) places among all rows'."""
        x = torch.cat([x[:, : self.config.text_length], self.convolve(x[:, self.config.text_length :])], 1)
        mixed = self.attend(normalise(x))
        if places is not None:  # what is seen from a place needs every token, what becomes of the place only itself
            x, mixed = x.flatten(0, 1)[places], mixed.flatten(0, 1)[places]
        x = x + self.attention_out(mixed)
        return x + self.narrow(F.relu(self.widen(normalise(x))).square())

    def convolve(self, image: Tensor) -> Tensor:
        """(B, N, D) -> (B, N, D), residual."""
        side = self.config.grid
        grid = normalise(image).transpose(1, 2).unflatten(2, (side, side))
        return image + self.convolution(grid).flatten(2).transpose(1, 2)

    def attend(self, x: Tensor) -> Tensor:
        """(B, S, D) -> (B, S, D), before `attention_out`; every position sees every other."""
        query, key, value = self.attention_in(x).unflatten(-1, (3, self.config.heads, -1)).unbind(2)
        query, key = normalise(query).transpose(1, 2), normalise(key).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(query, key, value.transpose(1, 2), scale=ATTENTION_SCALE)
        return mixed.transpose(1, 2).flatten(2)


@dataclass(frozen=True)
class Correction:
    """What B images are to be corrected from.

    previous: (B, N) int64 codebook indices, `codebook_size` everywhere in a row without a previous image.
    reasons: (B, R) float32 flags of what was wrong; all 0 in a row without.
    """

    previous: Tensor
    reasons: Tensor


class CorrectionFeatures(nn.Module):
    """What a correction adds to the image tokens. Starts at zero, so that fine-tuning starts at the base exactly."""

    def __init__(self, config: GeneratorConfig):
        super().__init__()
        self.previous = nn.Linear(config.width, config.width, bias=False)
        self.reasons = nn.Linear(config.correction_reasons, config.width, bias=False)
        nn.init.zeros_(self.previous.weight)
        nn.init.zeros_(self.reasons.weight)

    def forward(self, correction: Correction, features: Tensor) -> Tensor:
        """(B, N, D) from a correction and (codebook_size + 1, D) token features; zero in rows without a correction."""
        visible = (correction.previous < features.shape[0] - 1).unsqueeze(-1)
        previous = self.previous(F.embedding(correction.previous, features)) * visible
        return previous + self.reasons(correction.reasons).unsqueeze(1)


class Generator(nn.Module):
    """Logits of every image token given a caption and the tokens known so far."""

    family = "bundled"

    def __init__(self, config: GeneratorConfig):
        super().__init__()
        self.config = config
        self.recompute = False  # activations of the blocks are computed again for the gradient instead of kept
        self.through_block = Block.__call__
        width = config.width
        self.register_buffer("codebook", torch.randn(config.codebook_size, config.code_width))
        self.words = nn.Embedding(config.vocabulary_size, width)
        self.word_positions = nn.Parameter(torch.randn(config.text_length, width) * 0.3)
        self.caption = nn.Linear(config.text_length * width, width, bias=False)
        self.codes = nn.Linear(config.code_width, width)
        self.token_features = nn.Embedding(config.codebook_size + 1, width)
        self.register_buffer("positions", sine_positions(config.grid, width), persistent=False)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.out = nn.Linear(width, width, bias=False)
        self.out_codes = nn.Linear(config.code_width, width)
        self.out_features = nn.Parameter(torch.zeros(config.codebook_size, width))
        self.out_bias = nn.Parameter(torch.zeros(config.codebook_size))
        self.correction = CorrectionFeatures(config) if config.correction_reasons > 0 else None
        nn.init.normal_(self.words.weight, std=0.5)
        nn.init.normal_(self.token_features.weight, std=0.02)
        nn.init.normal_(self.out.weight, std=0.02)

    def trunk(
        self, text: Tensor, tokens: Tensor, correction: Correction | None = None, marks: Tensor | None = None
    ) -> Tensor:
        """Hidden states of words and image tokens.

        Args:
            text: (B, T) word ids, 0 where padded; all 0 is the null prompt of guidance.
            tokens: (B, N) codebook indices, `codebook_size` where masked; or (B, N, codebook_size) float weights of
                the codes, through which a gradient flows.
            correction: of B images, for a generator that can correct; without it nothing is corrected.
            marks: (B, N, D) features added to the image tokens, of a judge that is told more about them.

        Returns:
            (B, T + N, D), normalised.
        """
        return normalise(self.through_blocks(self.embedded(text, tokens, correction, marks)))

    def embedded(
        self, text: Tensor, tokens: Tensor, correction: Correction | None = None, marks: Tensor | None = None
    ) -> Tensor:
        """What the first block gets of the arguments of `trunk`: (B, T + N, D)."""
        words = self.words(text) + self.word_positions
        codes = F.pad(self.codes(self.codebook), (0, 0, 0, 1))  # the mask has features of its own only
        features = codes + self.token_features.weight
        image = tokens @ features[:-1] if tokens.is_floating_point() else F.embedding(tokens, features)
        image = image + self.positions
        image = image + self.caption(words.flatten(1)).unsqueeze(1)
        if correction is not None:
            if self.correction is None:
                raise ValueError("This generator was not trained to correct images")
            image = image + self.correction(correction, features)
        if marks is not None:
            image = image + marks
        return torch.cat([words, image], 1)

    def through_blocks(self, x: Tensor, places: Tensor | None = None) -> Tensor:
        """(B, T + N, D) -> (B, T + N, D), or (S, D) at the (S,) places, counted through all rows' T + N."""
        recompute = self.recompute and torch.is_grad_enabled()
        for block in self.blocks:
            wanted = places if block is self.blocks[-1] else None
            through = self.through_block if wanted is None else Block.__call__  # places are as many as it happens
            x = checkpoint(through, block, x, wanted, use_reentrant=False) if recompute else through(block, x, wanted)
        return x

    def compile_layers(self, whether: bool) -> None:
        """Whether blocks of fixed shapes run compiled, as one graph: small ones are bound by the starts of kernels."""
        self.through_block = compiled(Block.forward) if whether else Block.__call__

    def hidden(self, text: Tensor, tokens: Tensor, correction: Correction | None = None) -> Tensor:
        """As `trunk`, image tokens only: (B, N, D)."""
        return self.trunk(text, tokens, correction)[:, self.config.text_length :]

    def hidden_at(self, text: Tensor, tokens: Tensor, places: Tensor, text_of: Tensor | None = None) -> Tensor:
        """As MaskedGenerator.hidden_at: the last block ends at the places."""
        words, each = self.config.text_length, tokens.shape[1]
        among_all = places + words * (torch.div(places, each, rounding_mode="floor") + 1)
        own = text if text_of is None else text[text_of]
        return normalise(self.through_blocks(self.embedded(own, tokens), among_all))

    def head(self, hidden: Tensor) -> Tensor:
        """(..., D) hidden states -> (..., codebook_size) logits."""
        features = self.out_codes(self.codebook) + self.out_features
        return F.linear(self.out(hidden), features, self.out_bias)

    def forward(self, text: Tensor, tokens: Tensor, correction: Correction | None = None) -> Tensor:
        """(B, T) words, (B, N) tokens -> (B, N, codebook_size) logits."""
        return self.head(self.hidden(text, tokens, correction))


def sine_positions(grid: int, width: int) -> Tensor:
    """Two-dimensional sine-cosine positions, shape (grid * grid, width), row-major, values in [-1, 1]."""
    frequencies = torch.exp(torch.arange(width // 4) * (-math.log(20.0) / (width // 4)))
    angles = torch.arange(grid)[:, None] * frequencies[None]
    line = torch.cat([angles.sin(), angles.cos()], 1)
    rows = line[:, None].expand(grid, grid, -1)
    columns = line[None].expand(grid, grid, -1)
    return torch.cat([rows, columns], -1).reshape(grid * grid, width)


def load_generator(folder: str | Path) -> tuple[Generator, dict[str, Any]]:
    """The generator of a checkpoint folder and its checkpoint.json. Raises ValueError as `load_model`."""
    return load_model(folder, "generator", lambda config: Generator(GeneratorConfig(**config)))


def correctable(base: Generator, reasons: int) -> Generator:
    """A generator with the weights of `base` that can be taught to correct images; until then it draws as `base`."""
    generator = Generator(replace(base.config, correction_reasons=reasons))
    generator.load_state_dict(base.state_dict(), strict=base.correction is not None)
    return generator
