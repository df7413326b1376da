"""A judge of pictures in a process of its own: a model of transformers, or a person's own function.

    python -m espalier_torch.look model FOLDER [--device auto] [--dtype float32]
    python -m espalier_torch.look function MODULE:FUNCTION [--folder FOLDER]

Reads one JSON request a line on stdin and writes one answer a line on stdout, prose on stderr. Of a model:
{"turns", "places", "images", "options", "least", "top"} -> {"shares"}, or {"write": tokens, ...} -> {"text"}. Of a
function: {"prompts", "images"} -> {"scores"}. What fails is {"error"}, and the next is read. Pictures are base64.
"""

import argparse
import base64
import contextlib
import importlib
import io
import json
import sys
from collections.abc import Callable
from typing import Any

from PIL import Image

from espalier_torch.runtime.orphan import end_when_orphaned

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def pictures(encoded: list[str]) -> list[Any]:
    """The pictures of a request, in RGB."""
    return [Image.open(io.BytesIO(base64.b64decode(one))).convert("RGB") for one in encoded]


def of_model(folder: str, device: str, dtype: str) -> Answer:
    """Answers by a vision-language model."""
    # A person's function may do without torch, which takes seconds to load.
    import torch  # noqa: PLC0415

    from espalier_torch.distributed.devices import chosen_device  # noqa: PLC0415
    from espalier_torch.verifiers.talking import TalkingModel, shares_of  # noqa: PLC0415

    model = TalkingModel(folder, chosen_device(device), getattr(torch, dtype))

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        inputs = model.inputs(asked["turns"], asked["places"], pictures(asked["images"]))
        if "write" in asked:
            return {"text": model.written(inputs, asked["write"])}
        found = shares_of(model.first_words(inputs, asked["top"]), asked["options"], asked["least"])
        return {"error": found} if isinstance(found, str) else {"shares": found}

    return answer


def of_function(name: str, folder: str | None) -> Answer:
    """Answers by a function that takes lists of pictures and prompts and returns a number of 0..1 for each."""
    module, _, attribute = name.partition(":")
    if folder is not None:
        sys.path.insert(0, folder)
    function = getattr(importlib.import_module(module), attribute)

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        found = list(function(pictures(asked["images"]), asked["prompts"]))
        return {"scores": [None if one is None else float(one) for one in found]}

    return answer


def opened(words: list[str] | None = None) -> Answer:
    """The judge that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("model", "function"))
    parser.add_argument("name")
    parser.add_argument("--folder")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="float32")
    given = parser.parse_args(words)
    if given.kind == "model":
        return of_model(given.name, given.device, given.dtype)
    return of_function(given.name, given.folder)


def main() -> int:
    """Serves stdin to its end; returns the exit code."""
    end_when_orphaned()
    # What a person's function prints is prose: answers alone go to stdout.
    out, sys.stdout = sys.stdout, sys.stderr
    answer = opened()
    for line in sys.stdin:
        try:
            said = answer(json.loads(line))
        except Exception as fault:  # Anything may go wrong in a person's function, or with a picture: the next is read.
            said = {"error": f"{type(fault).__name__}: {fault}"}
        with contextlib.suppress(BrokenPipeError):
            out.write(json.dumps(said) + "\n")
            out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
