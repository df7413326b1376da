"""Names and files of a pipeline of diffusers on disk; nothing here needs diffusers."""

from pathlib import Path
from typing import Any

from espalier_torch.checkpoints.released_weights import weight_files
from espalier_torch.runtime.files import digest_of, read_object, sha256_of

FAMILY = "diffusers"
INDEX = "model_index.json"
WEIGHTLESS = ("scheduler", "tokenizer", "tokenizer_2", "tokenizer_3", "feature_extractor", "image_processor")
UNUSED = ("safety_checker",)
"""It blackens pictures instead of refusing prompts: a candidate would be no picture of its prompt."""
AUTOENCODER = "vae"


def read_index(folder: str | Path) -> dict[str, Any]:
    """model_index.json of a pipeline's folder. Raises ValueError when there is none."""
    file = Path(folder) / INDEX
    if not file.is_file():
        raise ValueError(f"No {INDEX} in {folder}: expected the folder of a pipeline, as save_pretrained writes it")
    return read_object(file)


def components(folder: str | Path) -> list[str]:
    """The parts of a pipeline that lie in folders of their own, sorted."""
    index = read_index(folder)
    named = {name for name, about in index.items() if isinstance(about, list) and about and about[0] is not None}
    return sorted(named - set(UNUSED))


def pipeline_identity(folder: str | Path) -> str:
    """sha256 over the weights and configurations of all parts. Raises ValueError: a part is missing, or a pickle."""
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
    return digest_of([part_identity(Path(folder), AUTOENCODER), "image tokenizer"])
