"""The bundled judge: the generator's trunk with a small read-out, answering yes or no about a whole token grid.

One network that draws and looks, as in unified models (Show-o, arXiv 2408.12528); the questions are those of
arXiv 2501.13926, sections 3.2 and 4.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from espalier_torch.checkpoint_folder import load_weights, read_checkpoint
from espalier_torch.models.generator import Generator, GeneratorConfig


@dataclass(frozen=True)
class JudgeConfig(GeneratorConfig):
    """The trunk's sizes plus the number of questions answered."""

    questions: int = 1
    read_out: int = 128


class Judge(nn.Module):
    """P(yes) logits, one a question, for (caption, image) pairs."""

    def __init__(self, config: JudgeConfig):
        super().__init__()
        self.config = config
        generator = asdict(config)
        del generator["questions"], generator["read_out"]
        self.trunk = Generator(GeneratorConfig(**generator))
        # The read-out never draws tokens.
        del self.trunk.out, self.trunk.out_codes, self.trunk.out_features, self.trunk.out_bias
        self.widen = nn.Linear(3 * config.width, config.read_out)
        self.answer = nn.Linear(config.read_out, config.questions)

    def forward(self, text: Tensor, tokens: Tensor) -> Tensor:
        """(B, T) words and (B, N) tokens, or (B, N, codes) weights of the codes -> (B, questions) logits of "yes"."""
        hidden = self.trunk.trunk(text, tokens)
        words, image = hidden[:, : self.config.text_length], hidden[:, self.config.text_length :]
        seen = torch.cat([words[:, 0], image.mean(1), image.amax(1)], -1)
        return self.answer(F.relu(self.widen(seen)))

    @staticmethod
    def from_generator(generator: Generator, questions: int) -> "Judge":
        """A judge whose trunk starts at the generator's weights."""
        trunk = replace(generator.config, correction_reasons=0)  # a judge corrects nothing
        judge = Judge(JudgeConfig(**asdict(trunk), questions=questions))
        judge.trunk.load_state_dict(generator.state_dict(), strict=False)
        return judge


def load_judge(folder: str | Path) -> tuple[Judge, dict[str, Any]]:
    """The judge of a checkpoint folder and its checkpoint.json."""
    record = read_checkpoint(folder, "judge")
    judge = Judge(JudgeConfig(**record["config"]))
    load_weights(folder, "judge", judge)
    return judge.eval(), record
