"""Names and files of a pipeline of diffusers on disk, and of checkpoints on one; nothing here needs diffusers."""

from pathlib import Path
from typing import Any

from espalier_torch.checkpoints.checkpoint_folder import family_record
from espalier_torch.checkpoints.released_weights import weight_files
from espalier_torch.runtime.files import digest_of, read_object, sha256_of

FAMILY = "diffusers"
INDEX = "model_index.json"
LORA = "pytorch_lora_weights.safetensors"
"""diffusers' name: what `load_lora_weights` of a folder opens."""
WEIGHTLESS = ("scheduler", "tokenizer", "tokenizer_2", "tokenizer_3", "feature_extractor", "image_processor")
UNUSED = ("safety_checker",)
"""It blackens pictures instead of refusing prompts: a candidate would be no picture of its prompt."""
AUTOENCODER = "vae"
DENOISERS = ("unet", "transformer")
READERS = ("vae", "text_encoder", "text_encoder_2", "text_encoder_3")
"""Parts that read pictures and texts: a training asks them once."""


def read_index(folder: str | Path) -> dict[str, Any]:
    """model_index.json of a pipeline's folder. Raises ValueError when there is none."""
    file = Path(folder) / INDEX
    if not file.is_file():
        raise ValueError(f"No {INDEX} in {folder}: expected the folder of a pipeline, as save_pretrained writes it")
    return read_object(file)


def is_checkpoint(folder: str | Path) -> bool:
    """Whether a folder holds what training changed of a pipeline, and not a whole one."""
    return (Path(folder) / "checkpoint.json").is_file() and not (Path(folder) / INDEX).is_file()


def below(folder: str | Path) -> Path:
    """The pipeline or checkpoint that a checkpoint changes. Raises ValueError."""
    return Path(family_record(folder, FAMILY)["below"]["folder"])


def refuse_other_pipeline(folder: str | Path) -> None:
    """Raises ValueError where what a checkpoint changes is no longer where it was, or is another one."""
    place, said = below(folder), family_record(folder, FAMILY)["below"]["identity"]
    found = pipeline_identity(place) if place.is_dir() else "nothing"
    if found != said:
        raise ValueError(
            f"The checkpoint {folder} changes the pipeline {said[:12]} in {place}, where {found[:12]} is now: "
            'bring the pipeline back, or write its place into "below" of checkpoint.json'
        )


def released(folder: str | Path) -> Path:
    """The pipeline below a checkpoint and all that it changes; a pipeline itself. Raises ValueError."""
    return released(below(folder)) if is_checkpoint(folder) else Path(folder)


def components(folder: str | Path) -> list[str]:
    """The parts of a pipeline that lie in folders of their own, sorted."""
    index = read_index(folder)
    named = {name for name, about in index.items() if isinstance(about, list) and about and about[0] is not None}
    return sorted(named - set(UNUSED))


def pipeline_identity(folder: str | Path) -> str:
    """sha256 over the weights and configurations of all parts, or what a checkpoint is known by.

    Raises:
        ValueError: a part is missing, or a pickle.
    """
    if (Path(folder) / "checkpoint.json").is_file():
        return family_record(folder, FAMILY)["identity"]
    folder, parts = Path(folder), components(folder)
    return digest_of([sha256_of(folder / INDEX), *(part_identity(folder, name) for name in parts)])


def part_identity(folder: Path, name: str) -> str:
    """sha256 of one part: its weights, and the settings that stand beside them. Raises ValueError."""
    part = folder / name
    if not part.is_dir():
        raise ValueError(f"{folder / INDEX} names the part {name!r}, which is not there: download it again")
    weights = [] if name in WEIGHTLESS else [sha256_of(file) for file in part_weights(part)]
    beside = sorted(file for file in part.iterdir() if file.suffix in (".json", ".txt", ".model"))
    return digest_of([*weights, *(sha256_of(file) for file in beside), name])


def part_weights(part: Path) -> list[Path]:
    """The safetensors files of a part in its usual numbers, beside which others (fp16) may lie. Raises ValueError."""
    for stem in ("diffusion_pytorch_model", "model"):
        if (part / f"{stem}.safetensors").is_file():
            return [part / f"{stem}.safetensors"]
    return weight_files(part)


def autoencoder_identity(folder: str | Path) -> str:
    """sha256 of what makes pixels of latents, known apart from the rest. Raises ValueError."""
    return digest_of([part_identity(released(folder), AUTOENCODER), "image tokenizer"])


def readers_identity(folder: str | Path) -> str:
    """sha256 of what reads pictures and texts. Raises ValueError."""
    place = released(folder)
    read = [name for name in components(place) if name in READERS or name in WEIGHTLESS]
    return digest_of([part_identity(place, name) for name in read])
