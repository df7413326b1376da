"""Who a model is, from the hashes of its files; the models' own loaders tell the same."""

from pathlib import Path

from espalier_torch.checkpoints.released_weights import weights_identity
from espalier_torch.families.diffusers.layout import autoencoder_identity
from espalier_torch.families.registry import DIFFUSERS, JANUS, kind_of_release, trainable_record
from espalier_torch.runtime.files import digest_of, sha256_of
from espalier_torch.verifiers.questions import read_questions
from espalier_torch.verifiers.reward import QUESTION, is_reward_model
from espalier_torch.verifiers.vision_language import SAME, identity_in


def questions_of(place: str, questions: str | None) -> list[str]:
    """What a judge answers. Raises ValueError when there is none at `place`."""
    return [QUESTION] if is_reward_model(place) else list(read_questions(questions).turns)


def identity_of(kind: str, place: str, questions: str | None, numbers: str = SAME) -> str:
    """Identity of a generator, an image tokenizer or a judge. Raises ValueError when there is none at `place`."""
    if kind == "generator":
        return trainable_record(place)["identity"]
    if kind == "tokenizer":
        return tokenizer_identity(place)
    weights = weights_identity(Path(place))
    if is_reward_model(place):
        return weights
    return digest_of([identity_in(numbers, weights), read_questions(questions).sha256])


def tokenizer_identity(place: str) -> str:
    """sha256 of the weights of an image tokenizer's folder or file. Raises ValueError when there are none.

    One that lies in a generator's folder is a model of its own, whose identity is another than the generator's.
    """
    folder = Path(place)
    if folder.is_file():
        return sha256_of(folder)
    if kind_of_release(folder) == DIFFUSERS:
        return autoencoder_identity(folder)
    weights = weights_identity(folder)
    return digest_of([weights, "image tokenizer"]) if kind_of_release(folder) == JANUS else weights
