"""What is measured: the machine's matrix products, batched paths and verdicts, and one plain path and verdict."""

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from espalier_torch.benchmark.models import MAGVIT_SIZES, SHOWO_SIZES, random_llava
from espalier_torch.benchmark.timed_device import TimedDevice
from espalier_torch.families.showo.magvit import Magvit, released_bytes
from espalier_torch.families.showo.model import Showo
from espalier_torch.families.showo.released import ReleasedSettings, least_confident, mask_count
from espalier_torch.families.showo.sampler import ShowoSampler
from espalier_torch.objective.sampling import SamplerSettings
from espalier_torch.verifiers.questions import read_questions
from espalier_torch.verifiers.vision_language import YesNoJudge

STEPS, GUIDANCE = 18, 1.75
PROMPT = tuple(range(100, 112))


class Bench(TimedDevice):
    """Models of one size on one device, and what is measured on them."""

    def __init__(self, size: str, device: torch.device, slots: int, compile_mode: str):
        torch.manual_seed(0)
        self.size, self.device, self.slots = size, device, slots
        self.dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        config = SHOWO_SIZES[size]
        with torch.device(device):
            self.model = Showo(config).to(self.dtype).eval()
            self.magvit = Magvit(MAGVIT_SIZES[size]).to(self.dtype).eval()
            self.judge = YesNoJudge(random_llava(size, self.dtype), read_questions(None), "random", batch=slots)
        self.layout = config.layout
        self.sampler = ShowoSampler(self.model, SamplerSettings(STEPS, GUIDANCE), slots, compile_mode)

    def operations(self) -> float:
        """Floating-point operations of one batched step: matrix products of layers, attention and head."""
        phi, rows = self.model.showo.config, self.sampler.steps.rows
        width, tokens = phi.hidden_size, self.layout.image_tokens + 2
        linear = 2 * tokens * (4 * width**2 + 2 * width * phi.intermediate_size)
        attention = 4 * tokens * (tokens + self.sampler.steps.width) * width
        head = 2 * self.slots * self.layout.image_tokens * width * self.layout.codebook_size
        return rows * phi.num_hidden_layers * (linear + attention) + head

    def batched(self) -> float:
        """Seconds of a batch of whole paths, warmed up."""
        self.sampler.advance([self.sampler.open(PROMPT, seed) for seed in range(self.slots)])
        wanted = [(PROMPT, seed) for seed in range(self.slots)]
        return self.seconds(lambda: list(self.sampler.sample(wanted)))

    @torch.inference_mode()
    def plain_path(self) -> list[bytes]:
        """One path as the released code runs it; returns the PNGs of its steps."""
        layout = self.layout
        text = torch.stack([layout.text_row(PROMPT), layout.text_row([])])
        tokens = torch.full((1, layout.image_tokens), layout.codebook_size)
        settings, pictures = ReleasedSettings(STEPS, GUIDANCE), []
        for step in range(STEPS):
            ids = layout.rows(text, tokens.expand(2, -1)).to(self.device)
            logits = self.model(ids, layout.attention(ids)).float()
            guided = ((1 + GUIDANCE) * logits[:1] - GUIDANCE * logits[1:])[:, layout.image]
            codes = guided[..., layout.first_code : layout.first_code + layout.codebook_size]
            probabilities = codes.softmax(-1)
            drawn = torch.multinomial(probabilities[0], 1).view(1, -1)
            unknown = (tokens == layout.codebook_size).to(self.device)
            whole = torch.where(unknown, drawn, tokens.to(self.device))
            confidence = probabilities.gather(-1, whole.unsqueeze(-1)).squeeze(-1).masked_fill(~unknown, 1e30)
            masked = least_confident(confidence, mask_count(unknown, step, settings), 0.0, None)
            tokens = torch.where(masked, layout.codebook_size, whole).cpu()
            pictures.append(png(self.pixels(whole)[0]))
        return pictures

    def pixels(self, tokens: Tensor) -> Tensor:
        """(B, N) tokens -> (B, H, W, 3) uint8 on the device."""
        signs = self.magvit.quantize.embedding[tokens].to(self.dtype).transpose(1, 2)
        side = round(tokens.shape[1] ** 0.5)
        return released_bytes(self.magvit.decoder(signs.unflatten(2, (side, side))))

    @torch.inference_mode()
    def plain_verdict(self, picture: bytes) -> None:
        """One verdict as the released code samples it: from the PNG, two tokens, nothing kept for the next question."""
        eyes = self.judge.eyes
        image = torch.from_numpy(np.array(Image.open(io.BytesIO(picture)))).unsqueeze(0).to(self.device)
        row = eyes.embedded(eyes.see(image)[0], self.judge.questions.conversation("clarity", "a photo")).unsqueeze(0)
        seen = torch.ones(row.shape[:2], dtype=torch.int64, device=self.device)
        eyes.model.generate(inputs_embeds=row, attention_mask=seen, do_sample=True, max_new_tokens=2, pad_token_id=0)

    @torch.inference_mode()
    def batched_verdicts(self) -> None:
        """Clarity and potential of a batch of images that never left the device, looked at once."""
        codes = torch.randint(self.layout.codebook_size, (self.slots, self.layout.image_tokens), device=self.device)
        keys = [row.tobytes() for row in codes.cpu().numpy()]
        prompts = ["a photo"] * self.slots
        self.judge.ask_about(["clarity", "potential"], prompts, keys, lambda places: self.pixels(codes[places]))


def png(pixels: Tensor) -> bytes:
    """(H, W, 3) uint8 -> a PNG."""
    target = io.BytesIO()
    Image.fromarray(pixels.cpu().numpy()).save(target, "PNG")
    return target.getvalue()
