"""LoRA through peft: small matrices beside the frozen weights, which are trained in their place.

Hu et al. 2021 (arXiv 2106.09685). peft puts its layers into the generator itself, so everything that runs a generator
runs one with an adapter too.
"""

import contextlib
import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.sections import Adapter

NAME = "default"
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
"""The files of an adapter, as peft names them: `PeftModel.from_pretrained(generator, folder)` opens them."""

BLOCKS = re.compile(r"(^|\.)(blocks|layers)\.\d+\.")
"""Where the layers of the blocks lie, in the bundled generator and in transformers' models."""

PREFIX = "base_model.model."


def add_adapter(model: nn.Module, settings: Adapter, seed: int) -> Any:
    """Puts a fresh adapter into the model and freezes the rest; returns peft's settings of it.

    At first the adapter changes nothing.
    """
    from peft import inject_adapter_in_model  # noqa: PLC0415 (seconds to import, and only needed here)

    config = lora_config(model, settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(config, model, adapter_name=NAME)
    return config


def lora_config(model: nn.Module, settings: Adapter) -> Any:
    """peft's settings of the adapter. Raises RequestError when a target is no linear layer of the model."""
    from peft import LoraConfig  # noqa: PLC0415

    frozen = getattr(model, "frozen", None)
    linear = (name for name, layer in model.named_modules() if isinstance(layer, nn.Linear))
    names = [name for name in linear if frozen is None or not re.search(frozen, name)]
    known = {name.rsplit(".", 1)[-1] for name in names}
    inside = {name.rsplit(".", 1)[-1] for name in names if BLOCKS.search(name)}
    is_there = lambda target: any(f".{name}".endswith(f".{target}") for name in names)  # noqa: E731
    usual = set(filter(is_there, getattr(model, "adapter_targets", ())))
    targets = sorted(settings.targets or usual or inside or known)
    if strangers := sorted(target for target in targets if not is_there(target)):
        listed = ", ".join(sorted(known))
        raise RequestError(f"adapter.targets names {', '.join(strangers)}; the linear layers here are {listed}")
    left_out = None if frozen is None else f"{frozen}.*"
    return LoraConfig(r=settings.rank, lora_alpha=settings.alpha, target_modules=targets, exclude_modules=left_out)


def adapter_layers(model: nn.Module) -> list[Any]:
    """peft's layers inside the model; none without an adapter."""
    return [layer for layer in model.modules() if hasattr(layer, "lora_A") and hasattr(layer, "enable_adapters")]


@contextlib.contextmanager
def without_adapter(model: nn.Module) -> Iterator[nn.Module]:
    """The model as it is below its adapter, for as long as the context lasts; the model itself without one."""
    layers = adapter_layers(model)
    for layer in layers:
        layer.enable_adapters(False)
    try:
        yield model
    finally:
        for layer in layers:
            layer.enable_adapters(True)


def halve_frozen(model: nn.Module) -> None:
    """Keeps what an adapter leaves alone in bfloat16, and has the adapter take its input as it comes.

    Under autocast no bit changes: frozen weights would be rounded in every pass, and inputs made wide and narrow again.
    """
    for layer in adapter_layers(model):
        layer.cast_input_dtype_enabled = False
    for layer in model.modules():
        if isinstance(layer, nn.Linear) and not layer.weight.requires_grad:
            layer.to(torch.bfloat16)


def adapter_tensors(model: nn.Module) -> dict[str, Tensor]:
    """The adapter's own tensors under peft's file names."""
    return {
        PREFIX + name.replace(f".{NAME}.", "."): tensor.detach().cpu().contiguous()
        for name, tensor in model.state_dict().items()
        if ".lora_" in name
    }


def write_adapter(model: nn.Module, config: Any, folder: Path) -> list[str]:
    """Writes the adapter beside a checkpoint's weights; returns the names of its files."""
    save_file(adapter_tensors(model), folder / WEIGHTS)
    config.save_pretrained(str(folder))
    return [WEIGHTS, CONFIG]


def take_up_adapter(model: nn.Module, folder: Path) -> None:
    """Fills the model's adapter from a checkpoint folder. Raises RequestError when it has another shape."""
    found = load_file(folder / WEIGHTS)
    expected = adapter_tensors(model)
    if {name: one.shape for name, one in found.items()} != {name: one.shape for name, one in expected.items()}:
        raise RequestError(
            f"The adapter in {folder} has other layers or another rank than asked for; "
            "give the same adapter.rank and adapter.targets, or merge it (leave adapter_base out)"
        )
    own = {name.removeprefix(PREFIX): tensor for name, tensor in found.items()}
    state = {name: own[name.replace(f".{NAME}.", ".")] for name in model.state_dict() if ".lora_" in name}
    model.load_state_dict(state, strict=False)


def merged(model: nn.Module) -> nn.Module:
    """A plain model with the adapter added into its weights; the model itself when it has none."""
    if not adapter_layers(model):
        return model
    whole = copy.deepcopy(model)
    for layer in adapter_layers(whole):
        layer.merge()
    plain = type(model)(model.config)
    weights = {name.replace(".base_layer.", "."): tensor for name, tensor in whole.state_dict().items()}
    plain.load_state_dict({name: tensor for name, tensor in weights.items() if ".lora_" not in name})
    return plain.to(next(model.parameters()).device).eval()
