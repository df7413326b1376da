"""The bundled judge: the generator's trunk with a small read-out, answering yes or no about a whole token grid.

One network that draws and looks, as in unified models (Show-o, arXiv 2408.12528); the questions are those of
arXiv 2501.13926, sections 3.2 and 4.
"""

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import load_model
from espalier_torch.families.bundled.generator import Generator, GeneratorConfig


@dataclass(frozen=True)
class JudgeConfig(GeneratorConfig):
    """The trunk's sizes, and what the read-out answers."""

    questions: int = 1
    read_out: int = 128
    reasons: int = 0
    """Reasons that are answered beside the questions."""
    settled: int = 0
    """1 for a judge that is told which tokens are settled."""
    grounding: int = 0
    """What it says about every image token besides, for a judge that was trained to (`pretrain.grounding`)."""


class Judge(nn.Module):
    """P(yes) logits, one a question, for (caption, image) pairs."""

    def __init__(self, config: JudgeConfig):
        super().__init__()
        self.config = config
        own = {field.name for field in fields(JudgeConfig)} - {field.name for field in fields(GeneratorConfig)}
        self.trunk = Generator(GeneratorConfig(**{k: v for k, v in asdict(config).items() if k not in own}))
        # The read-out never draws tokens.
        del self.trunk.out, self.trunk.out_codes, self.trunk.out_features, self.trunk.out_bias
        self.widen = nn.Linear(3 * config.width, config.read_out)
        self.answer = nn.Linear(config.read_out, config.questions + config.reasons)
        if config.settled:
            self.unsettled = nn.Parameter(torch.zeros(config.width))
        if config.grounding:
            self.ground = nn.Linear(config.width, config.grounding)

    def forward(self, text: Tensor, tokens: Tensor, settled: Tensor | None = None) -> Tensor:
        """Logits of "yes" to each question, then of each reason.

        Args:
            text: (B, T) word ids.
            tokens: (B, N) codebook indices, or (B, N, codes) weights of the codes.
            settled: (B, N) 1 where the token is committed; all are when absent. Only for a judge that is told.

        Returns:
            (B, questions + reasons).
        """
        return self.read(self.trunk.trunk(text, tokens, marks=self.marks(settled)))

    def with_grounding(self, text: Tensor, tokens: Tensor, settled: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """As `forward`, and (B, N, grounding) logits about every image token. Only for a judge that grounds."""
        hidden = self.trunk.trunk(text, tokens, marks=self.marks(settled))
        return self.read(hidden), self.ground(hidden[:, self.config.text_length :])

    def read(self, hidden: Tensor) -> Tensor:
        """(B, T + N, D) hidden states -> (B, questions + reasons)."""
        words, image = hidden[:, : self.config.text_length], hidden[:, self.config.text_length :]
        seen = torch.cat([words[:, 0], image.mean(1), image.amax(1)], -1)
        return self.answer(F.relu(self.widen(seen)))

    def marks(self, settled: Tensor | None) -> Tensor | None:
        """(B, N, D) features that tell unsettled tokens apart; None where there is nothing to tell."""
        if settled is None or not self.config.settled:
            return None
        return (1 - settled.float()).unsqueeze(-1) * self.unsettled

    @staticmethod
    def from_generator(
        generator: Generator, questions: int, reasons: int = 0, settled: bool = False, grounding: int = 0
    ) -> "Judge":
        """A judge whose trunk starts at the generator's weights."""
        sizes = asdict(replace(generator.config, correction_reasons=0))  # a judge corrects nothing
        asked = {"questions": questions, "reasons": reasons, "settled": int(settled), "grounding": grounding}
        judge = Judge(JudgeConfig(**sizes, **asked))
        judge.trunk.load_state_dict(generator.state_dict(), strict=False)
        return judge


def load_judge(folder: str | Path) -> tuple[Judge, dict[str, Any]]:
    """The judge of a checkpoint folder and its checkpoint.json. Raises ValueError as `load_model`."""
    return load_model(folder, "judge", lambda config: Judge(JudgeConfig(**config)))
