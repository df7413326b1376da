"""Trains a masked-token generator by DPO on pairs of images.

    python -m espalier_torch.train request.json
    python -m espalier_torch.train request.json --set learning_rate=1e-4 --set masks.policy=own-path --set out=runs/b

How it departs from the trainer of arXiv 2501.13926:
1. Images are token grids made once; nothing is encoded while training.
2. Chosen and rejected share their masks and caption dropout, and a pair has several stratified mask draws.
3. Logits are made only where a token is scored, and only over image codes.
4. The reference's log-probabilities are computed once and kept in a file.
5. A killed run goes on from its last checkpoint and ends in the same weights, bit for bit on a CPU.
"""

import argparse
import dataclasses
import json
import os
import signal
import sys
import typing
from pathlib import Path
from typing import Any

from espalier_torch.protocol.console import Console
from espalier_torch.protocol.fields import RequestError
from espalier_torch.protocol.lines import event_line
from espalier_torch.protocol.older_names import renewed
from espalier_torch.protocol.reading import build
from espalier_torch.protocol.train_requests import TrainRequest
from espalier_torch.runtime.stopping import Stop, Stopped, TrainingFailed
from espalier_torch.training.run import train


def main(arguments: list[str] | None = None) -> int:
    """Runs a request file; returns the exit code (2: the request, 1: training failed, 130 or 143: stopped)."""
    parsed = parser().parse_args(arguments)
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: setattr(stop, "reason", signal.Signals(received).name))
    emit = json_line if parsed.json else Console().emit
    try:
        train(request_of(parsed), emit, stop)
    except Stopped as stopped:
        print(f"Stopped by {stopped}; the same command goes on from there", file=sys.stderr)
        return 128 + signal.Signals[str(stopped)]
    except (RequestError, TimeoutError) as fault:
        print(fault, file=sys.stderr)
        return 2
    except TrainingFailed as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The command's own help lists every field of a request."""
    fields = "\n".join(described(TrainRequest))
    made = argparse.ArgumentParser(
        prog="python -m espalier_torch.train",
        description=(__doc__ or "") + "\nFields of a request:\n" + fields,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("request", help="JSON file with the fields below; - for none")
    made.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="overrides a field")
    made.add_argument("--json", action="store_true", help="print events as JSON lines")
    return made


def described(kind: type, path: str = "") -> list[str]:
    """The fields of a request, and of the sections inside it, with meaning and default."""
    lines = []
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        lines.append(f"  {path + field.name:24} {field.metadata['help']} [{default_of(field)}]{choices_of(field)}")
        hint = hints[field.name]
        for section in filter(dataclasses.is_dataclass, (hint, *typing.get_args(hint))):
            lines += described(section, f"{path}{field.name}.")
    return lines


def default_of(field: dataclasses.Field) -> str:
    """A field's default in JSON; a section's own fields say theirs."""
    missing = dataclasses.MISSING
    if field.default_factory is not missing:
        made = field.default_factory()
        return "a section" if dataclasses.is_dataclass(made) else json.dumps(made)
    return "required" if field.default is missing else json.dumps(field.default)


def choices_of(field: dataclasses.Field) -> str:
    """What a field may be, where it is one of some names."""
    choices = field.metadata["choices"]
    return f" of {', '.join(choices)}" if choices else ""


def request_of(parsed: argparse.Namespace) -> TrainRequest:
    """The request file with the overrides laid over it. Raises RequestError."""
    raw: dict[str, Any] = {}
    if parsed.request != "-":
        file = Path(parsed.request)
        if not file.is_file():
            raise RequestError(f"No request file at {file}; expected JSON with the fields of --help")
        raw = json.loads(file.read_text())
        raw.pop("request", None)
    for override in parsed.set:
        name, equals, text = override.partition("=")
        if not equals:
            raise RequestError(f"--set takes FIELD=VALUE, got {override!r}")
        raw[name] = value_of(text)
    return build(TrainRequest, renewed(raw))


def value_of(text: str) -> Any:
    """JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def json_line(event: dict[str, Any]) -> None:
    """One event as a line of JSON on standard output. A reader that went away ends the process quietly."""
    try:
        print(event_line(event), flush=True)
    except BrokenPipeError:
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
