"""Show-o (Xie et al., 2024, arXiv 2408.12528): Phi-1.5 over one sequence of text and image tokens.

The transformer is transformers' own Phi with `qk_layernorm`; parameters have the released names (`showo.model...`).
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import PhiConfig, PhiForCausalLM
from transformers.models.phi.modeling_phi import PhiRotaryEmbedding

from espalier_torch.checkpoints.checkpoint_folder import family_record, reading_config, tensors_of
from espalier_torch.checkpoints.model_weights import filled
from espalier_torch.checkpoints.released_weights import read_config, read_weights, weights_identity
from espalier_torch.decoding.shared_prefix import one_layer
from espalier_torch.families.showo.layout import FAMILY, WIDTH, Layout
from espalier_torch.families.showo.shared_text import image_states
from espalier_torch.runtime.compiling import compiled

PHI_1_5: dict[str, Any] = {
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 24,
    "num_attention_heads": 32,
    "partial_rotary_factor": 0.5,
    "hidden_act": "gelu_new",
    "layer_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "max_position_embeddings": 2048,
}
"""Sizes of microsoft/phi-1_5, which the released Show-o names instead of its own."""


@dataclass(frozen=True)
class ShowoConfig:
    """Ids and lengths of a row, and the sizes of its Phi."""

    layout: Layout = field(default_factory=Layout)
    phi: dict[str, Any] = field(default_factory=lambda: dict(PHI_1_5))

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return asdict(self)

    @property
    def vocabulary_size(self) -> int:
        """Ids that a text row may hold."""
        return self.layout.vocabulary

    @property
    def text_length(self) -> int:
        """Tokens of a text row."""
        return self.layout.text_length

    @property
    def codebook_size(self) -> int:
        """Image codes; the next number stands for a masked token."""
        return self.layout.codebook_size

    @property
    def tokens(self) -> int:
        """Image tokens of one image."""
        return self.layout.image_tokens

    def used_text(self, text: Tensor) -> Tensor:
        """As TokenSizes.used_text."""
        return self.layout.used_text(text)

    def as_released(self) -> dict[str, Any]:
        """The fields of config.json as `released_config` reads them."""
        layout = self.layout
        return {
            "_class_name": "Showo",
            "llm_model_path": "microsoft/phi-1_5",
            "llm_vocab_size": layout.text_vocabulary,
            "vocab_size": layout.vocabulary,
            "codebook_size": layout.codebook_size,
            "num_vq_tokens": layout.image_tokens,
            "end_of_text": layout.end_of_text,
            "text_length": layout.text_length,
            "phi_config": self.phi,
        }

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "ShowoConfig":
        """Undoes `as_dict`."""
        return cls(Layout(**raw["layout"]), raw["phi"])


class Showo(nn.Module):
    """Logits over all ids of whole rows, or hidden states and logits of the image part alone."""

    family = FAMILY
    arithmetic = ("fused activation", f"text in multiples of {WIDTH}")  # named with what training measures by it

    def __init__(self, config: ShowoConfig):
        super().__init__()
        self.config = config
        self.layout = config.layout
        self.recompute = False  # activations of the layers are computed again for the gradient instead of kept
        self.shares_text = True  # rows of one text share its pass, which calls every layer twice
        self.through_layer = one_layer
        self.showo = PhiForCausalLM(phi_config(config))

    def forward(self, ids: Tensor, seen: Tensor) -> Tensor:
        """(B, L) ids and (B, 1, L, L) bool of Layout.attention -> (B, L, vocabulary) logits."""
        return self.showo(input_ids=ids, attention_mask=seen, use_cache=False).logits

    def states(self, ids: Tensor, seen: Tensor) -> Tensor:
        """As `forward`, hidden states after the last norm: (B, L, D)."""
        model = self.showo.model
        if not (self.recompute and torch.is_grad_enabled()):
            return model(input_ids=ids, attention_mask=seen, use_cache=False).last_hidden_state
        hidden = model.embed_tokens(ids)
        places = torch.arange(ids.shape[1], device=ids.device).unsqueeze(0)
        rotary = model.rotary_emb(hidden, position_ids=places)
        for layer in model.layers:
            hidden = checkpoint(layer, hidden, attention_mask=seen, position_embeddings=rotary, use_reentrant=False)
        return model.final_layernorm(hidden)

    def hidden(self, text: Tensor, tokens: Tensor) -> Tensor:
        """Hidden states of the image tokens.

        Args:
            text: (B, text_length) rows of Layout.text_row; a row of zeros is the null prompt.
            tokens: (B, N) image codes, codebook_size where masked.

        Returns:
            (B, N, D).
        """
        ids = self.layout.rows(self.layout.with_null_prompts(text), tokens)
        return self.states(ids, self.layout.attention(ids))[:, self.layout.image]

    def hidden_at(self, text: Tensor, tokens: Tensor, places: Tensor, text_of: Tensor | None = None) -> Tensor:
        """As MaskedGenerator.hidden_at. Images of one text share its pass; `text` may be the ends of the rows."""
        if text_of is None:
            text_of = torch.arange(len(text), device=text.device)
        if not self.shares_text:
            return self.hidden(self.layout.whole_rows(text)[text_of], tokens).flatten(0, 1)[places]
        recompute = self.recompute and torch.is_grad_enabled()
        named = self.layout.with_null_prompts(text)
        states = image_states(self.showo.model, self.layout, named, text_of, tokens, recompute, self.through_layer)
        return states.flatten(0, 1)[places]

    def compile_layers(self, whether: bool) -> None:
        """Whether `hidden_at` runs its layers compiled: all as one graph, a new one for each shape."""
        self.through_layer = compiled(one_layer) if whether else one_layer

    def fuse_activation(self) -> None:
        """One kernel for transformers' `gelu_new`, a chain that keeps each of its parts in float32 for the gradient."""
        if self.showo.config.hidden_act == "gelu_new":
            for layer in self.showo.model.layers:
                layer.mlp.activation_fn = nn.GELU(approximate="tanh")

    def head(self, hidden: Tensor) -> Tensor:
        """(..., D) hidden states -> (..., codebook_size) logits of the image codes alone."""
        codes = slice(self.layout.first_code, self.layout.first_code + self.layout.codebook_size)
        head = self.showo.lm_head
        return F.linear(hidden, head.weight[codes], head.bias[codes])


def phi_config(config: ShowoConfig) -> PhiConfig:
    """Phi's configuration with what Show-o's constructor forces on it; no row of the embedding is padding."""
    known = {name: value for name, value in config.phi.items() if value is not None}
    forced = {"vocab_size": config.layout.vocabulary, "qk_layernorm": True, "use_cache": False, "pad_token_id": None}
    dropouts = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attention_dropout": 0.0}
    return PhiConfig(**{**known, **dropouts, **forced})


def load_showo(folder: str | Path) -> tuple[Showo, dict[str, Any]]:
    """The model of a checkpoint folder of ours (checkpoint.json) or of a released one (config.json), and its record.

    Raises:
        ValueError: the folder lacks a part, holds a pickle, or holds another model.
    """
    record = showo_record(folder)
    own = (Path(folder) / "checkpoint.json").is_file()
    weights = tensors_of(Path(folder) / "generator.safetensors") if own else read_weights(folder)
    with reading_config(folder, "generator"):
        config = ShowoConfig.from_dict(record["config"])
    return showo_from_weights(config, weights, f"the Show-o in {folder} (without the CLIP image tower)").eval(), record


def showo_record(folder: str | Path) -> dict[str, Any]:
    """What is known of a checkpoint folder without its weights: identity, name, config. Raises ValueError."""
    folder = Path(folder)
    if (folder / "checkpoint.json").is_file():
        return family_record(folder, FAMILY)
    record = {"kind": "generator", "family": FAMILY, "name": folder.name, "config": released_config(folder).as_dict()}
    return {**record, "identity": weights_identity(folder)}


def showo_from_weights(config: ShowoConfig, weights: dict[str, Tensor], what: str = "Show-o") -> Showo:
    """The model around released tensors, neither initialised nor copied. Raises ValueError when they do not fit."""
    with torch.device("meta"):
        model = Showo(config)
    filled(model, weights, what, assign=True)
    # The rotary frequencies are in no checkpoint.
    model.showo.model.rotary_emb = PhiRotaryEmbedding(phi_config(config))
    return model


def released_config(folder: Path) -> ShowoConfig:
    """Reads config.json of a released model; `phi_config` and `text_length` may stand in it for other sizes.

    Raises:
        ValueError: it is another model's, or names a language model whose sizes are not known here.
    """
    raw = read_config(folder)
    wanted = ("vocab_size", "llm_vocab_size", "codebook_size", "num_vq_tokens")
    missing = [name for name in wanted if name not in raw]
    if missing:
        raise ValueError(f"{folder / 'config.json'} is not Show-o's: it lacks {', '.join(missing)}")
    if "phi_config" not in raw and not str(raw.get("llm_model_path", "")).endswith("phi-1_5"):
        raise ValueError(
            f"{folder / 'config.json'} names the language model {raw.get('llm_model_path')!r}: expected "
            "microsoft/phi-1_5, or a `phi_config` with the sizes"
        )
    layout = Layout(
        text_vocabulary=raw["llm_vocab_size"],
        codebook_size=raw["codebook_size"],
        vocabulary=raw["vocab_size"],
        end_of_text=raw.get("end_of_text", Layout.end_of_text),
        text_length=raw.get("text_length", Layout.text_length),
        image_tokens=raw["num_vq_tokens"],
    )
    return ShowoConfig(layout, raw.get("phi_config", dict(PHI_1_5)))
