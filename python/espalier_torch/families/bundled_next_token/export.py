"""ONNX graphs of the bundled next-token generator: one reads captions, the other draws a code of each path.

Keys and values lie with whoever runs the graphs: `generator.onnx` takes all of them and gives those of the code that it
was shown, to be put in their place.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from espalier_torch.decoding.draws import inverse_transform
from espalier_torch.families.bundled_next_token.generator import NextTokenGenerator
from espalier_torch.families.onnx_graph import write_graph


class GraphMemory:
    """`SlotMemory` without an address to write to: what a layer makes is put among what is known, and kept."""

    def __init__(self, keys: Tensor, values: Tensor, first: Tensor, width: int):
        self.keys, self.values, self.first, self.width = keys, values, first, width
        self.start = torch.zeros_like(first[:, 0], dtype=torch.int64)
        self.fresh: list[tuple[Tensor, Tensor]] = []

    def seen(self, place: Tensor) -> Tensor:
        """As SlotMemory.seen."""
        codes = torch.arange(self.keys.shape[3] - self.width)
        self.here = torch.cat(
            [torch.zeros(1, self.width, dtype=torch.bool).expand(place.shape[0], -1), codes == place.unsqueeze(1)], 1
        )
        shown = torch.ones(1, self.width, dtype=torch.bool).expand(place.shape[0], -1)
        return torch.cat([shown, codes <= place.unsqueeze(1)], 1)[:, None, None]

    def update(self, keys: Tensor, values: Tensor, layer: int) -> tuple[Tensor, Tensor]:
        """As SlotMemory.update."""
        self.fresh.append((keys[:, :, 0], values[:, :, 0]))
        here = self.here[:, None, :, None]
        return torch.where(here, keys, self.keys[layer]), torch.where(here, values, self.values[layer])


class ReadCaptions(nn.Module):
    """What the generator keeps of captions."""

    def __init__(self, generator: NextTokenGenerator):
        super().__init__()
        self.generator = generator

    def forward(self, text: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T) int32 words -> keys and values (B, layers, heads, T + 1, head width), first (B, D)."""
        prefix, kept = self.generator.prefix(text.long(), torch.zeros_like(text[:, 0], dtype=torch.bool)), []
        words = prefix.states
        for layer in self.generator.layers:
            memory = KeptAll()
            words = layer(words, prefix.seen, prefix.rotary, memory)
            kept.append(memory.kept)
        return (*(torch.stack([pair[which] for pair in kept], 1) for which in (0, 1)), words[:, -1])


class KeptAll:
    """Stands where a layer expects a cache: keeps what it made."""

    kept: tuple[Tensor, Tensor]

    def update(self, keys: Tensor, values: Tensor, layer: int) -> tuple[Tensor, Tensor]:
        """(B, heads, T + 1, head width) each."""
        self.kept = keys, values
        return keys, values


class NextCode(nn.Module):
    """Guided distribution of a code and one draw, for B paths as 2B rows."""

    def __init__(self, generator: NextTokenGenerator):
        super().__init__()
        self.generator = generator

    def forward(
        self,
        before: Tensor,
        position: Tensor,
        keys: Tensor,
        values: Tensor,
        first: Tensor,
        uniform: Tensor,
        guidance_scale: Tensor,
        temperature: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Draws from softmax((unconditional + s * (conditional - unconditional)) / temperature) by inverse transform.

        Args:
            before: (B,) int32, the code right before the one to draw; any where there is none.
            position: (B,) int32, where the code stands that is drawn.
            keys: (2B, layers, heads, T + 1 + N, head width), conditional rows first.
            values: the same.
            first: (2B, D), what `ReadCaptions` says of the captions.
            uniform: (B,) float32 in [0, 1), or negative to take the likeliest code.
            guidance_scale: (1,) float32, s.
            temperature: (1,) float32, above 0.

        Returns:
            drawn (B,) int32, log_probability (B,) float32, and the keys and values of `before`,
            (2B, layers, heads, head width) each, which stand at the place before `position`.
        """
        memory = GraphMemory(keys.transpose(0, 1), values.transpose(0, 1), first, self.generator.prefix_width)
        rows = [torch.cat([one, one]).long() for one in (before, position)]
        conditional, unconditional = self.generator.next_logits(*rows, memory).chunk(2)
        logits = unconditional + guidance_scale * (conditional - unconditional)
        drawn, log_probability = inverse_transform(logits / temperature, uniform.clamp(min=0))
        drawn = torch.where(uniform < 0, logits.argmax(-1), drawn)
        fresh = (torch.stack([pair[which] for pair in memory.fresh], 1) for which in (0, 1))
        return (drawn.int(), log_probability, *fresh)


def export_next_token(generator: NextTokenGenerator, folder: str | Path) -> list[str]:
    """Writes caption.onnx and generator.onnx; returns the file names."""
    config, paths = generator.config, 2
    layers, heads, head_width = generator.cache_shape
    text = torch.ones(paths, config.text_length, dtype=torch.int32)
    cache = torch.zeros(2 * paths, layers, heads, generator.prefix_width + config.tokens, head_width)
    example = {
        "before": torch.zeros(paths, dtype=torch.int32),
        "position": torch.tensor([0, 1], dtype=torch.int32),
        "keys": cache,
        "values": cache,
        "first": torch.zeros(2 * paths, config.width),
        "uniform": torch.rand(paths),
        "guidance_scale": torch.ones(1),
        "temperature": torch.ones(1),
    }
    drawn, read = ["drawn", "log_probability", "fresh_keys", "fresh_values"], ["keys", "values", "first"]
    both = {"keys", "values", "first", "fresh_keys", "fresh_values"}
    named = [name for name in [*example, *drawn] if name not in ("guidance_scale", "temperature")]
    batched = {name: {0: "rows" if name in both else "paths"} for name in named}
    captions = {name: {0: "captions"} for name in ["text", *read]}
    return [
        write_graph(
            NextCode(generator), tuple(example.values()), folder, "generator.onnx", list(example), drawn, batched
        ),
        write_graph(ReadCaptions(generator), (text,), folder, "caption.onnx", ["text"], read, captions),
    ]
