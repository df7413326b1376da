"""Batched paths of Janus-Pro in slots, against one path after the other by transformers' own `generate`.

Decoding a code at a time is bound by memory: every code of every path reads all weights of a layer once a batch, and
the keys and values of its own path. So the share of the memory's bandwidth is measured beside that of its arithmetic.
"""

from collections.abc import Callable
from typing import Any

import torch
from transformers import JanusConfig, JanusForConditionalGeneration

from espalier_torch.benchmark.timed_device import TimedDevice
from espalier_torch.decoding.filters import DrawSettings
from espalier_torch.decoding.raster import RasterDecoder
from espalier_torch.families.janus.checkpoint import sizes_of
from espalier_torch.families.janus.model import Janus
from espalier_torch.families.janus.text import read_rows

MARKS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
IMAGE = 3
"""Id of the mark that an image begins with."""

PROMPT = list(range(10, 26))
GUIDANCE = 5.0

SIZES: dict[str, dict[str, dict[str, Any]]] = {
    "full": {
        "text_config": {
            "vocab_size": 102400, "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 24,
            "num_attention_heads": 16, "num_key_value_heads": 16, "max_position_embeddings": 16384,
        },
        "vision_config": {},
        "vq_config": {},
    },
    "small": {
        "text_config": {
            "vocab_size": 400, "hidden_size": 128, "intermediate_size": 352, "num_hidden_layers": 4,
            "num_attention_heads": 4, "num_key_value_heads": 4, "max_position_embeddings": 512,
        },
        "vision_config": {
            "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 128,
            "projection_dim": 128, "num_image_tokens": 64,
        },
        "vq_config": {
            "num_embeddings": 256, "latent_channels": 32, "base_channels": 32, "projection_dim": 128,
            "image_token_embed_dim": 128,
        },
    },
}  # fmt: skip
"""Of Janus-Pro-1B, and small."""


class NextTokenBench(TimedDevice):
    """A Janus-Pro of random weights on one device, and what is measured on it."""

    def __init__(self, size: str, device: torch.device, slots: int, compile_mode: str):
        torch.manual_seed(0)
        self.size, self.device, self.slots = size, device, slots
        self.dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        sizes = SIZES[size]
        text = {"model_type": "llama", **sizes["text_config"], **MARKS}
        config = JanusConfig(**{**sizes, "text_config": text}, image_token_id=5, tie_word_embeddings=False)
        with torch.device(device):
            self.whole = JanusForConditionalGeneration(config).to(self.dtype).eval()
        self.whole.generation_config.generation_kwargs = {"boi_token_id": IMAGE}
        self.model = Janus(sizes_of(config), self.whole).eval()
        padding = [0] * (self.model.prefix_width - len(PROMPT) - 2)
        self.row = (*padding, 1, *PROMPT, IMAGE)
        self.decoder = RasterDecoder(self.model, read_rows, slots, DrawSettings(GUIDANCE), compile_mode)

    def batched(self, first_seed: int = 0) -> torch.Tensor:
        """A batch of whole paths: (slots, N) codes."""
        codes = torch.full((self.slots, self.model.image_tokens), self.model.codebook_size)
        seeds = range(first_seed, first_seed + self.slots)
        for _ in range(self.decoder.side):
            codes, _ = self.decoder.draw([self.row] * self.slots, codes, seeds)
        return codes

    @torch.inference_mode()
    def plain(self) -> torch.Tensor:
        """One path by transformers' `generate`."""
        ids = torch.tensor([[1, *PROMPT, IMAGE]], device=self.device)
        return self.whole.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            generation_mode="image",
            do_sample=True,
            guidance_scale=GUIDANCE,
            max_length=ids.shape[1] + self.model.image_tokens,
        )

    def memory_peak(self) -> float:
        """Bytes a second that are read and written by copying a large array."""
        length = 2**30 if self.device.type == "cuda" else 2**26
        source = torch.zeros(length, dtype=torch.uint8, device=self.device)
        target = torch.empty_like(source)
        times = [self.seconds(lambda: target.copy_(source)) for _ in range(5)]
        return 2 * length / min(times)

    def a_code(self) -> tuple[float, float]:
        """Floating-point operations and bytes of one code of all slots: weights once, caches of every row once."""
        drawing = [*self.model.layers.parameters(), *self.whole.model.generation_head.parameters()]
        weights = sum(one.numel() for one in drawing)
        cache = self.decoder.memory.keys
        operations = 2 * self.decoder.rows * weights + 2 * 2 * cache.numel()
        return operations, cache.element_size() * (weights + 2 * cache.numel())


def measure_next_token(bench: NextTokenBench, say: Callable[[str], None]) -> dict[str, Any]:
    """Every figure."""
    say("matrix products and memory")
    peak, bandwidth = bench.matrix_peak(), bench.memory_peak()
    say(f"{bench.slots} paths in one batch")
    bench.batched()
    seconds = bench.seconds(lambda: bench.batched(bench.slots))
    say("one path at a time, by transformers")
    bench.plain()
    plain = bench.seconds(bench.plain)
    operations, moved = bench.a_code()
    codes = bench.model.image_tokens
    return {
        "generation_speedup": plain / (seconds / bench.slots),
        "paths_per_second": bench.slots / seconds,
        "plain_paths_per_second": 1 / plain,
        "matrix_fraction": operations * codes / seconds / peak,
        "memory_fraction": moved * codes / seconds / bandwidth,
        "matrix_tflops": peak / 1e12,
        "memory_gb_per_second": bandwidth / 1e9,
        "codes": codes,
    }
