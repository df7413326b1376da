"""Janus-Pro's text rows: the released template of a prompt between its marks, padded on the left."""

from collections.abc import Sequence

FAMILY = "janus-pro"

TEMPLATE = "<|User|>: {prompt}\n\n<|Assistant|>:"
"""What a prompt to draw stands in (deepseek-ai/Janus, generation_inference.py)."""

IMAGE_BEGINS, IMAGE_ENDS = "<begin_of_image>", "<end_of_image>"

SYSTEM = (
    "You are a helpful language and vision assistant. You are able to understand the visual content that the user "
    "provides, and assist the user with a variety of tasks using natural language.\n\n"
)
"""What stands before a question about a picture."""


def text_row(ids: Sequence[int], begin: int, image: int, padding: int, length: int) -> list[int]:
    """A row of `length` ids from those of a prompt in its template, without marks. One too long loses its end."""
    kept = list(ids[: length - 2])
    return [padding] * (length - len(kept) - 2) + [begin, *kept, image]


def chat(turns: Sequence[str], image: str, begin: str, end: str) -> tuple[str, str]:
    """The texts before and after the picture of a conversation, open for the assistant's answer.

    Args:
        turns: user, assistant, user, ...; the first has the picture in it.
        image: what stands for the picture.
        begin: mark of a text's beginning.
        end: mark of an answer's end.
    """
    roles, ends = ("<|User|>", "<|Assistant|>"), ("\n\n", end)
    said = "".join(f"{roles[index % 2]}: {turn.strip()}{ends[index % 2]}" for index, turn in enumerate(turns))
    before, after = f"{begin}{SYSTEM}{said}<|Assistant|>:".split(image, 1)
    return before + IMAGE_BEGINS, IMAGE_ENDS + after
