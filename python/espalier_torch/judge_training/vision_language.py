"""Tunes a vision-language judge by LoRA on the samples that bundled judges learn from; it sees the decoded images."""

import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from espalier_torch.checkpoints.checkpoint_folder import write_record
from espalier_torch.checkpoints.released_weights import weights_identity
from espalier_torch.families.raster_drawer import pixels_of
from espalier_torch.families.registry import served_named, trainable_record
from espalier_torch.judge_training.batches import Batch
from espalier_torch.judge_training.loss import answer_loss, ranking_loss
from espalier_torch.judge_training.questions_and_reasons import NOT_ASKED, QUESTIONS
from espalier_torch.judge_training.samples import Samples
from espalier_torch.protocol.judge_requests import JudgeTrainRequest
from espalier_torch.training.adapter import NAME, adapter_layers, adapter_tensors
from espalier_torch.verifiers.answers import yes_logit
from espalier_torch.verifiers.questions import read_questions
from espalier_torch.verifiers.vision_language import Llava, YesNoJudge, load_yes_no_judge

TARGETS = r".*language_model\.layers\.\d+\.(self_attn|mlp)\.\w+_proj"
"""The linear layers of the language model's blocks; the eyes stay as they are."""


class SeeingJudge(nn.Module):
    """A LLaVA-OneVision with an adapter, and the image tokenizer that shows it the samples, undrawn rows grey."""

    def __init__(self, judge: YesNoJudge, images: nn.Module, words: list[str]):
        super().__init__()
        if not isinstance(judge.eyes, Llava):
            raise ValueError("Only LLaVA-OneVision and Janus-Pro judges can be tuned; this one is of another kind")
        self.judge, self.words = judge, words
        self.language, self.images = judge.eyes.model, images

    def forward(self, batch: Batch) -> Tensor:
        """(B, Q) logits of "yes"; 0 where a sample does not answer a question, which no loss counts."""
        with torch.no_grad():
            seen = self.judge.eyes.features(self.language, pixels_of(self.images, batch.tokens))
        logits = torch.zeros(len(batch.tokens), len(QUESTIONS), device=batch.tokens.device)
        prompts = [self.words[number] for number in batch.prompts.tolist()]
        for column, question in enumerate(QUESTIONS):
            rows = (batch.answers[:, column] != NOT_ASKED).nonzero().flatten()
            if len(rows) > 0:
                said = [self.judge.questions.conversation(question, prompts[row]) for row in rows.tolist()]
                answers = self.judge.eyes.answer_logits(seen[rows], said)
                logits[rows, column] = yes_logit(answers, self.judge.yes, self.judge.no)
        return logits


class VisionLanguageJudge:
    """An adapter on a vision-language judge."""

    whole = False

    def __init__(self, request: JudgeTrainRequest, samples: Samples, device: torch.device):
        """The judge of `start` with a fresh adapter. Raises ValueError when a folder does not hold what it should."""
        from peft import LoraConfig, inject_adapter_in_model  # noqa: PLC0415 (seconds to import, only needed here)

        self.request = request
        dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        questions = read_questions(request.questions)
        judge = load_yes_no_judge(str(request.start), questions, torch.device("cpu"), dtype)
        generator = trainable_record(request.generator)
        self.family = generator["family"]
        images = served_named(self.family).images(str(request.image_tokenizer))
        images.requires_grad_(False)
        self.model = SeeingJudge(judge, images, samples.words)
        self.adapter = LoraConfig(r=request.adapter_rank, lora_alpha=request.adapter_alpha, target_modules=TARGETS)
        torch.manual_seed(request.seed)
        inject_adapter_in_model(self.adapter, self.model.language, adapter_name=NAME)
        self.parents = [judge.identity, generator["identity"]]

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """As TrainedJudge.losses; such a judge gives no reasons."""
        logits = self.model(batch)
        return {
            "answers": answer_loss(logits, batch.answers),
            "ranking": self.request.ranking_weight * ranking_loss(logits, batch.answers, batch.prompts),
            "reasons": torch.zeros((), device=logits.device),
        }

    def trained_weights(self) -> dict[str, Tensor]:
        """As TrainedJudge.trained_weights: the adapter's."""
        return {name: one for name, one in self.model.state_dict().items() if ".lora_" in name}

    def write(self, folder: Path, events: Path, training: dict[str, Any]) -> dict[str, Any]:
        """As TrainedJudge.write: merged, in transformers' format with its tokenizer; the adapter in a folder beside."""
        language = self.model.language
        beside = folder / "adapter"
        beside.mkdir(parents=True)
        save_file(adapter_tensors(language), beside / "adapter_model.safetensors")
        self.adapter.save_pretrained(str(beside))
        for layer in adapter_layers(language):
            layer.merge()
        merged = {name.replace(".base_layer.", "."): one for name, one in language.state_dict().items()}
        plain = {name: one for name, one in merged.items() if ".lora_" not in name}
        language.save_pretrained(folder, state_dict=plain)
        self.model.judge.eyes.tokenizer.save_pretrained(folder)
        shutil.copyfile(events, folder / "events.jsonl")
        names = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
        about = {"kind": "judge", "family": self.family, "config": {}, "questions": QUESTIONS}
        return write_record(folder, about, names, weights_identity(folder), self.parents, training)
