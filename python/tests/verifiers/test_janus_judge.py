"""Janus-Pro judges: what it answers is what transformers' own processor and model answer."""

from pathlib import Path

import pytest
import torch
from tiny_janus import tiny_janus, word_tokenizer, written_janus, written_released
from transformers import JanusImageProcessor, JanusProcessor

from espalier_torch.convert_weights import main
from espalier_torch.verifiers.questions import read_questions
from espalier_torch.verifiers.vision_language import load_yes_no_judge, messages

CHAT = (
    "{% for m in messages %}{{ '<|User|>: ' if m.role == 'user' else '<|Assistant|>: ' }}{% for c in m.content %}"
    "{% if c.type == 'image' %}<image_placeholder>\n{% else %}{{ c.text }}{% endif %}{% endfor %}"
    "{{ '\n\n' if m.role == 'user' else '<eos>' }}{% endfor %}<|Assistant|>:"
)


def pictures() -> torch.Tensor:
    return torch.randint(0, 256, (2, 16, 16, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


@torch.no_grad()
def expected_logits(question: list[str]) -> torch.Tensor:
    """By transformers alone."""
    size = {"height": 16, "width": 16}
    images = JanusImageProcessor(size=size, image_mean=[0.5] * 3, image_std=[0.5] * 3, min_size=4)
    processor = JanusProcessor(
        images, word_tokenizer(), chat_template=CHAT, use_default_system_prompt=True, num_image_tokens=16
    )
    model = tiny_janus()
    text = "<bos>" + processor.apply_chat_template(messages(question), add_generation_prompt=True)
    found = []
    for picture in pictures():
        inputs = processor(text=[text], images=[picture.permute(2, 0, 1)], return_tensors="pt")
        ids = inputs["input_ids"]
        # The processor puts its system prompt before everything, the mark of the beginning among it.
        ids = torch.cat([ids[ids == 1][None], ids[ids != 1][None]], 1)
        found.append(model(input_ids=ids, pixel_values=inputs["pixel_values"]).logits[0, -1])
    return torch.stack(found)


@pytest.mark.parametrize("layout", ["transformers", "released"])
def test_answers_are_transformers_own_in_either_layout(layout: str, tmp_path: Path):
    folder = tmp_path / "janus"
    if layout == "transformers":
        written_janus(folder)
    else:
        written_released(folder)
        assert main([str(folder / "pytorch_model.bin.index.json"), str(folder)]) == 0
    questions = read_questions(None)
    judge = load_yes_no_judge(folder, questions, torch.device("cpu"), torch.float32)
    for question in ("outcome", "potential"):
        conversation = questions.conversation(question, "a red cat")
        logits = judge.eyes.first_logits(judge.eyes.see(pictures()), [conversation] * 2)
        torch.testing.assert_close(logits, expected_logits(conversation), atol=1e-4, rtol=1e-4)
    answers = judge.ask(["outcome", "clarity"], ["a red cat", "two dog"], pictures())
    assert answers.shape == (2, 2) and ((answers > 0) & (answers < 1)).all()
