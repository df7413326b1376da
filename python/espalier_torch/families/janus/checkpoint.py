"""Janus-Pro's weights on disk: a checkpoint of ours, transformers' layout, or the one deepseek-ai released it in."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoTokenizer, JanusConfig, JanusForConditionalGeneration, JanusVQVAE

from espalier_torch.checkpoints.checkpoint_folder import family_record, reading_config, tensors_of
from espalier_torch.checkpoints.model_weights import pretrained, pretrained_model, reading_sizes
from espalier_torch.checkpoints.released_weights import read_config, read_weights, weights_identity
from espalier_torch.families.janus.layout import FAMILY
from espalier_torch.families.janus.model import Janus, JanusSizes
from espalier_torch.families.janus.released import RELEASED_TYPE, janus_config, renamed

IMAGES = "model.vqmodel."
"""Before the names of the image tokenizer's tensors."""

ORIGIN = ("_name_or_path", "architectures", "dtype", "transformers_version")
"""Fields of a configuration that say where it came from."""


def load_janus(folder: str | Path, dtype: torch.dtype = torch.float32) -> tuple[Janus, dict[str, Any]]:
    """The generator of a folder and its record. Raises ValueError: a part is missing, or another model's."""
    whole, record = load_whole(folder, dtype), janus_record(folder)
    return Janus(sizes_of(whole.config, record.get("config", {}).get("text_length")), whole).eval(), record


def load_whole(folder: str | Path, dtype: torch.dtype = torch.float32) -> JanusForConditionalGeneration:
    """The whole model of a folder, in whichever of the three layouts. Raises as `load_janus`."""
    config, weights = config_and_weights(folder)
    if config.tie_word_embeddings:
        weights.setdefault("lm_head.weight", weights["model.language_model.embed_tokens.weight"])
    return pretrained_model(JanusForConditionalGeneration, folder, dtype, config=config, state_dict=weights)


def config_and_weights(folder: str | Path) -> tuple[JanusConfig, dict[str, Tensor]]:
    """transformers' configuration and tensors of a folder. Raises as `load_janus`."""
    folder = Path(folder)
    if (folder / "checkpoint.json").is_file():
        record = janus_record(folder)
        with reading_config(folder, "generator"):
            return JanusSizes(**record["config"]).made(), tensors_of(folder / "generator.safetensors")
    raw = read_config(folder)
    if raw.get("model_type") == RELEASED_TYPE:
        weights = renamed(read_weights(folder))
        with reading_sizes(f"the Janus-Pro in {folder}"):
            return JanusConfig(**janus_config(raw, weights, special_tokens(folder))), weights
    if raw.get("model_type") != JanusConfig.model_type:
        raise ValueError(f"{folder / 'config.json'} is not Janus-Pro's: it names {raw.get('model_type')!r}")
    return pretrained(JanusConfig, folder), read_weights(folder)


def special_tokens(folder: Path) -> dict[str, int]:
    """Ids of the marks that a released folder's tokenizer knows. Raises ValueError."""
    tokenizer = pretrained(AutoTokenizer, folder)
    marks = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    marks["image_token_id"] = tokenizer.convert_tokens_to_ids("<image_placeholder>")
    if missing := [name for name, number in marks.items() if number is None]:
        raise ValueError(f"The tokenizer in {folder} lacks {', '.join(missing)}: is it Janus-Pro's?")
    return marks


def janus_record(folder: str | Path) -> dict[str, Any]:
    """What is known of a checkpoint folder without its weights: identity and name. Raises ValueError."""
    folder = Path(folder)
    if (folder / "checkpoint.json").is_file():
        return family_record(folder, FAMILY)
    kind = read_config(folder).get("model_type")
    if kind not in (RELEASED_TYPE, JanusConfig.model_type):
        raise ValueError(f"{folder / 'config.json'} is not Janus-Pro's: it names {kind!r}")
    return {"kind": "generator", "family": FAMILY, "name": folder.name, "identity": weights_identity(folder)}


def sizes_of(config: JanusConfig, text_length: int | None = None) -> JanusSizes:
    """The configuration as plain JSON values. Raises ValueError when it lacks the ids of marks."""
    text = config.text_config
    if text.bos_token_id is None or text.pad_token_id is None:
        raise ValueError("Janus-Pro's config.json lacks bos_token_id or pad_token_id in text_config: fetch it again")
    plain = without_origin(json.loads(config.to_json_string(use_diff=False)))
    return JanusSizes(plain) if text_length is None else JanusSizes(plain, text_length)


def without_origin(plain: dict[str, Any]) -> dict[str, Any]:
    """A configuration without what says where and how it was stored, which no size depends on."""
    kept = {name: value for name, value in plain.items() if name not in ORIGIN}
    return {name: without_origin(value) if isinstance(value, dict) else value for name, value in kept.items()}


def load_images(folder: str | Path) -> JanusVQVAE:
    """The image tokenizer of a folder, in float32. Raises as `load_janus`."""
    config, weights = config_and_weights(folder)
    own = {name.removeprefix(IMAGES): one for name, one in weights.items() if name.startswith(IMAGES)}
    return pretrained_model(JanusVQVAE, folder, torch.float32, config=config.vq_config, state_dict=own)
