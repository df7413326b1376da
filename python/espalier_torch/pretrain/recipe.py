"""What a pre-training run does: a JSON file, the same for every device."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from espalier_torch.protocol.fields import RequestError, about, setting
from espalier_torch.protocol.reading import build


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One run. Files are named as seen from where the command runs; all is counted in samples, nothing in time."""

    model: str = setting("what is trained", choices=["generator", "next-token generator", "judge"])
    scenes: str = setting("tokenised scenes to learn from")
    validation: str = setting("tokenised scenes of other combinations, by which the best weights are chosen")
    start: str | None = setting("checkpoint folder to start from: of a generator, or for a judge of either", None)
    tokenizer: str | None = setting("its folder, for a generator that starts from nothing", None)
    samples: int = setting("scenes to train on, counted as often as they are seen", at_least=1)
    batch: int = setting("scenes an optimizer step", 64, at_least=1)
    learning_rate: float = setting("peak", 1e-3, at_least=0)
    rise: int = setting("samples over which the rate rises to its peak", 6400, at_least=0)
    fall: float = setting(
        "share of the samples, the last ones, over which it falls to nothing", 0.5, at_least=0, at_most=1
    )
    average: float = setting("moving average of the weights, which is what is kept", 0.998, at_least=0, at_most=0.99999)
    look: int = setting("samples between validations; the best weights are kept", 32000, at_least=1)
    grounding: float = setting("weight of saying which thing of the caption a token belongs to", 1.0, at_least=0)
    falsehoods: dict[str, float] | None = field(
        default=None,
        metadata=about("how often a kind of falsehood is taken against others that a scene has; 1 for those not named"),
    )
    wrong: float = setting("generator: share of captions that are false", 0.1, at_least=0, at_most=1)
    null: float = setting("generator: share of captions that are empty", 0.1, at_least=0, at_most=1)
    partly: float = setting("judge: share of scenes that are shown partly drawn", 0.35, at_least=0, at_most=1)
    labelled: list[str] | None = field(
        default=None, metadata=about("judge: labelled samples of generated images to learn from as well")
    )
    labelled_share: float = setting("judge: labelled samples a scene", 1.0, at_least=0)
    width: int = setting("generator from nothing: features", 128, at_least=4)
    layers: int = setting("generator from nothing: blocks", 4, at_least=1)
    seed: int = setting("of the first weights and the data", 0, at_least=0, at_most=2**31 - 1)

    def faults(self) -> list[str]:
        """What does not go together."""
        rules = {
            "a judge starts from a generator or a judge: name it in start": self.model == "judge" and not self.start,
            "a generator from nothing takes its codes from a tokenizer: name it in tokenizer": self.model != "judge"
            and not self.start
            and not self.tokenizer,
        }
        return [fault for fault, broken in rules.items() if broken]


def read_recipe(file: str | Path) -> Recipe:
    """The recipe of a file. Raises RequestError naming all its faults."""
    try:
        raw = json.loads(Path(file).read_text())
    except (OSError, json.JSONDecodeError) as cause:
        raise RequestError(f"{file} is no recipe: expected a JSON object of settings, got {cause}") from cause
    return build(Recipe, raw)
