"""ONNX graphs that Node runs: guidance, softmax and the draw are inside the generator's graph."""

from pathlib import Path

import torch
from torch import Tensor, nn

from espalier_torch.families.bundled.generator import Correction, Generator
from espalier_torch.families.bundled.judge import Judge
from espalier_torch.families.bundled.tokenizer import Tokenizer
from espalier_torch.families.onnx_graph import write_graph
from espalier_torch.families.pixels import to_bytes, to_unit


class GeneratorStep(nn.Module):
    """One decoding step: guided distribution and one draw per position, for B paths as 2B rows."""

    def __init__(self, generator: Generator):
        super().__init__()
        self.generator = generator

    def forward(
        self,
        text: Tensor,
        tokens: Tensor,
        uniform: Tensor,
        guidance_scale: Tensor,
        previous: Tensor | None = None,
        reasons: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Draws from softmax((1 + g) * conditional - g * unconditional) by inverse transform.

        Args:
            text: (B, T) int32 word ids.
            tokens: (B, N) int32 codebook indices, `codebook_size` where masked.
            uniform: (B, N) float32 in [0, 1).
            guidance_scale: (1,) float32, g of arXiv 2501.13926, section 3.1.
            previous: (B, N) int32 codebook indices of the images to correct, `codebook_size` in rows without one.
            reasons: (B, R) int32 flags of what was wrong with them.

        Returns:
            drawn (B, N) int32 and log_probability (B, N) float32 of the drawn token.
        """
        both_text = torch.cat([text, torch.zeros_like(text)]).long()
        both_tokens = torch.cat([tokens, tokens]).long()
        hidden = self.generator.hidden(both_text, both_tokens, both_corrections(previous, reasons))
        # The head is linear, so guidance is applied to hidden states: half the work of guiding logits.
        conditional, unconditional = hidden.chunk(2)
        guided = conditional + guidance_scale * (conditional - unconditional)
        logits = self.generator.head(guided)
        weights = torch.exp(logits - logits.amax(-1, keepdim=True))
        summed = weights.cumsum(-1)
        total = summed[..., -1:]
        drawn = (summed <= uniform.unsqueeze(-1) * total).sum(-1).clamp(max=logits.shape[-1] - 1)
        log_probability = (weights.gather(-1, drawn.unsqueeze(-1)) / total).squeeze(-1).clamp(min=1e-20).log()
        known = tokens < self.generator.config.codebook_size
        return torch.where(known, tokens, drawn.int()), log_probability


def both_corrections(previous: Tensor | None, reasons: Tensor | None) -> Correction | None:
    """Corrections of the conditional and the null branch, 2B rows.

    The null branch sees the previous image but not what was wrong with it: guidance then stresses what the prompt and
    the reasons ask for, not that the image should stay as it was (the image is held fixed in both, as with an image
    scale of 1 in InstructPix2Pix, Brooks et al., 2023, arXiv 2211.09800, section 3.2.1).
    """
    if previous is None or reasons is None:
        return None
    both = torch.cat([previous, previous]).long()
    return Correction(both, torch.cat([reasons, torch.zeros_like(reasons)]).float())


class Encode(nn.Module):
    """uint8 pixels to int32 tokens."""

    def __init__(self, tokenizer: Tokenizer):
        super().__init__()
        self.tokenizer = tokenizer

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, 64, 64, 3) uint8 -> (B, N) int32."""
        return self.tokenizer.encode(to_unit(pixels)).int()


class Decode(nn.Module):
    """int32 tokens to uint8 pixels."""

    def __init__(self, tokenizer: Tokenizer):
        super().__init__()
        self.tokenizer = tokenizer

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, N) int32 -> (B, 64, 64, 3) uint8."""
        return to_bytes(self.tokenizer.decode(tokens.long()))


class Ask(nn.Module):
    """The judge's probabilities of "yes", one column a question, then those of the reasons."""

    def __init__(self, judge: Judge):
        super().__init__()
        self.judge = judge

    def forward(self, text: Tensor, tokens: Tensor, settled: Tensor | None = None) -> Tensor:
        """(B, T) int32, (B, N) int32, (B, N) int32 where the judge is told -> (B, Q + R) float32 in 0..1."""
        return torch.sigmoid(self.judge(text.long(), tokens.long(), settled))


def export_generator(generator: Generator, folder: str | Path) -> list[str]:
    """Writes generator.onnx (inputs and outputs as `GeneratorStep.forward`); returns the file names.

    The graph takes corrections when the generator does.
    """
    config = generator.config
    text = torch.ones(2, config.text_length, dtype=torch.int32)
    tokens = torch.full((2, config.tokens), config.codebook_size, dtype=torch.int32)
    example = {"text": text, "tokens": tokens, "uniform": torch.rand(2, config.tokens), "guidance_scale": torch.ones(1)}
    if config.correction_reasons > 0:
        example["previous"] = tokens
        example["reasons"] = torch.ones(2, config.correction_reasons, dtype=torch.int32)
    outputs = ["drawn", "log_probability"]
    batched = {name: {0: "paths"} for name in [*example, *outputs] if name != "guidance_scale"}
    inputs = tuple(example.values())
    return [write_graph(GeneratorStep(generator), inputs, folder, "generator.onnx", list(example), outputs, batched)]


def export_tokenizer(tokenizer: Tokenizer, folder: str | Path) -> list[str]:
    """Writes encoder.onnx and decoder.onnx; returns the file names."""
    side = 8 * tokenizer.config.grid
    pixels = torch.zeros(2, side, side, 3, dtype=torch.uint8)
    tokens = torch.zeros(2, tokenizer.config.grid**2, dtype=torch.int32)
    batched = {name: {0: "images"} for name in ["pixels", "tokens"]}
    return [
        write_graph(Encode(tokenizer), (pixels,), folder, "encoder.onnx", ["pixels"], ["tokens"], batched),
        write_graph(Decode(tokenizer), (tokens,), folder, "decoder.onnx", ["tokens"], ["pixels"], batched),
    ]


def export_judge(judge: Judge, folder: str | Path) -> list[str]:
    """Writes judge.onnx; returns the file names."""
    config = judge.config
    text = torch.ones(2, config.text_length, dtype=torch.int32)
    tokens = torch.zeros(2, config.tokens, dtype=torch.int32)
    example = {"text": text, "tokens": tokens}
    if config.settled:
        example["settled"] = torch.ones_like(tokens)
    batched = {name: {0: "images"} for name in [*example, "probabilities"]}
    inputs = tuple(example.values())
    return [write_graph(Ask(judge), inputs, folder, "judge.onnx", list(example), ["probabilities"], batched)]
