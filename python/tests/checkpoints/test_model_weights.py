"""Every loader refuses weights that are not its model's: missing, unknown and mis-shaped tensors, by name."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import REPOSITORY, tiny_generator, tiny_judge
from golden_llamagen import tiny_config
from golden_showo import written_release
from llamagen_requests import written_llamagen, written_t5
from random_scenes_next_token import random_generator
from safetensors.torch import load_file, save_file
from tiny_detectors import written_mask2former
from tiny_image_reward import written_image_reward
from tiny_janus import written_janus
from tiny_next_token import written_vq
from tiny_release import written_magvit
from tiny_verifiers import written_clip, written_llava, written_released_llava

from espalier_torch.checkpoints.checkpoint_folder import write_checkpoint
from espalier_torch.detection.colors import load_color_namer
from espalier_torch.detection.mask2former import ObjectFinder
from espalier_torch.families.bundled.generator import load_generator
from espalier_torch.families.bundled.judge import load_judge
from espalier_torch.families.bundled.tokenizer import Tokenizer, TokenizerConfig, load_tokenizer
from espalier_torch.families.bundled_next_token.generator import load_next_token
from espalier_torch.families.janus.checkpoint import load_janus, load_whole
from espalier_torch.families.llamagen.checkpoint import load_llamagen
from espalier_torch.families.llamagen.text import CaptionEncoder
from espalier_torch.families.llamagen.tokenizer import load_tokenizer as load_vq
from espalier_torch.families.registry import load_trainable
from espalier_torch.families.showo.magvit import load_magvit
from espalier_torch.families.showo.model import load_showo
from espalier_torch.verifiers.image_reward import load_image_reward
from espalier_torch.verifiers.llava import load_llava
from espalier_torch.verifiers.questions import read_questions
from espalier_torch.verifiers.reward import load_reward_judge
from espalier_torch.verifiers.vision_language import load_yes_no_judge

CPU = torch.device("cpu")
SOURCES = REPOSITORY / "python" / "espalier_torch"


def written_own(kind: str, model: Callable[[], torch.nn.Module], family: str = "bundled") -> Callable[[Path], Path]:
    def written(folder: Path) -> Path:
        write_checkpoint(folder, kind, model(), exports=[], parents=[], training={}, family=family)
        return folder

    return written


def written_transformers_llava(folder: Path) -> Path:
    """The released LLaVA-OneVision, saved again by transformers."""
    written_released_llava(folder)
    model = load_llava(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder)
    return folder


def yes_no(folder: Path) -> Any:
    return load_yes_no_judge(folder, read_questions(None), CPU, torch.float32)


def reward(folder: Path) -> Any:
    return load_reward_judge(folder, CPU, torch.float32)


def colors(folder: Path) -> Any:
    return load_color_namer(folder, ["red"], ["a {color} {name}"], CPU)


def detector(folder: Path) -> Any:
    return ObjectFinder(folder, CPU)


def captions(folder: Path) -> Any:
    return CaptionEncoder(folder, tiny_config(4), CPU, torch.float32)


def made_tokenizer() -> Tokenizer:
    return Tokenizer(TokenizerConfig())


LOADERS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], Any]]] = {
    "CLIP reward": (written_clip, reward),
    "ImageReward": (written_image_reward, reward),
    "CLIP of colours": (written_clip, colors),
    "Mask2Former": (written_mask2former, detector),
    "LLaVA-OneVision, released": (written_released_llava, load_llava),
    "LLaVA-OneVision, transformers": (written_transformers_llava, load_llava),
    "another vision-language model": (written_llava, yes_no),
    "Show-o": (written_release, load_trainable),
    "MAGVIT-v2": (written_magvit, load_magvit),
    "LlamaGen": (written_llamagen, load_trainable),
    "LlamaGen's image tokenizer": (written_vq, load_vq),
    "LlamaGen's text encoder": (written_t5, captions),
    "Janus-Pro": (written_janus, load_trainable),
    "Janus-Pro as a judge": (written_janus, yes_no),
    "bundled next-token generator": (
        written_own("generator", random_generator, family="bundled-next-token"),
        load_trainable,
    ),
    "bundled generator": (written_own("generator", tiny_generator), load_trainable),
    "bundled judge": (written_own("judge", tiny_judge), load_judge),
    "bundled tokenizer": (written_own("tokenizer", made_tokenizer), load_tokenizer),
}

NAMED_HERE = {
    *(load_llamagen, load_janus, load_whole, load_next_token),
    *(load_generator, load_judge, load_tokenizer, load_trainable, load_showo, load_magvit, load_llava),
    *(load_reward_judge, load_image_reward, load_yes_no_judge, load_color_namer),
}
OF_OTHER_THINGS = {
    "load_detector": "opens ObjectFinder and load_color_namer",
    "load_images": "a part of load_whole's weights, by the same check",
    "load_janus_images": "opens load_images",
    "load_model": "the bundled loaders' own",
    "load_weights": "the bundled loaders' own",
    "load_state": "a half-finished training of ours, known by its fingerprint",
    "load_optimizer": "a half-finished training of ours, known by its fingerprint",
    "load_group": "a half-finished training of ours, known by its fingerprint",
    "load_policy": "opens load_trainable and an adapter, whose shapes are compared",
    "load_pairs": "rows of a training",
    "load_pipeline": "each network by pretrained_model, and tested where diffusers is",
    "load_tiny_decoder": "opens pretrained_model",
    "load_autoencoder": "opens pretrained_model",
    "load_trained": "opens load_pipeline and an adapter, whose shapes are compared",
}


@pytest.mark.parametrize("name", LOADERS)
def test_weights_that_are_not_the_models_are_refused_by_name(name: str, tmp_path: Path):
    written, load = LOADERS[name]
    folder = written(tmp_path / "model")
    (file,) = folder.glob("*.safetensors")
    load(folder)  # as it should be
    whole = load_file(file)
    victim = sorted(key for key, tensor in whole.items() if tensor.ndim == 2)[-1]
    part = victim.rsplit(".", 1)[0].rsplit(".", 1)[-1]
    lacking = {key: tensor for key, tensor in whole.items() if key != victim}
    for changed, words in (
        (lacking, rf"tensors? missing.*{part}|lack.*{part}"),
        ({**whole, "stranger.weight": torch.zeros(1)}, r"unknown.*stranger\.weight"),
        ({**whole, victim: torch.zeros(3, 5)}, rf"mis-shaped.*{part}.*\(3, 5\)|{part}"),
        ({f"module.{key}": tensor for key, tensor in whole.items()}, "missing|lack|no image encoder|no SigLIP"),
    ):
        save_file(changed, file)
        with pytest.raises(ValueError, match=words):
            load(folder)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"safetensors|open"):
        load(folder)


def test_buffers_of_older_files_are_no_fault(tmp_path: Path):
    folder = written_clip(tmp_path)
    places = {f"{part}.embeddings.position_ids": torch.arange(5)[None] for part in ("text_model", "vision_model")}
    save_file({**load_file(folder / "model.safetensors"), **places}, folder / "model.safetensors")
    reward(folder)
    colors(folder)


def test_no_loader_goes_past_the_check():
    trees = {file: ast.parse(file.read_text()) for file in SOURCES.rglob("*.py")}
    calls = [
        (file.relative_to(SOURCES).as_posix(), node.func.attr, {word.arg for word in node.keywords})
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    # A whole pipeline of diffusers is put together of networks that were checked one by one.
    assert [file for file, called, _ in calls if called == "from_pretrained"] == [
        "checkpoints/model_weights.py",
        "families/diffusers/pipeline.py",
    ]
    loose = {file for file, called, words in calls if called == "load_state_dict" and "strict" in words}
    # Parts of models that are in memory, and states of our own trainings.
    assert loose == {
        "families/bundled/generator.py",
        "families/bundled/judge.py",
        "training/adapter.py",
        "checkpoints/resumable_state.py",
    }
    loaders = {
        node.name
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("load_")
    }
    assert loaders == {one.__name__ for one in NAMED_HERE} | OF_OTHER_THINGS.keys()
