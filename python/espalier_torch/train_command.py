"""The command line of `python -m espalier_torch.train`: a request file, and settings over it."""

import argparse
import dataclasses
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from espalier_torch import train as training
from espalier_torch.events import Console
from espalier_torch.protocol import event_line
from espalier_torch.request_fields import RequestError, build
from espalier_torch.runtime.stopping import Stop, Stopped, TrainingFailed
from espalier_torch.train_request import TrainRequest


def main(arguments: list[str] | None = None) -> int:
    """Runs a request file; returns the exit code (2: the request, 1: training failed, 130 or 143: stopped)."""
    parsed = parser().parse_args(arguments)
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: setattr(stop, "reason", signal.Signals(received).name))
    emit = json_line if parsed.json else Console().emit
    try:
        training.train(request_of(parsed), emit, stop)
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
    fields = "\n".join(described(field) for field in dataclasses.fields(TrainRequest))
    made = argparse.ArgumentParser(
        prog="python -m espalier_torch.train",
        description=(training.__doc__ or "") + "\nFields of a request:\n" + fields,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("request", help="JSON file with the fields below; - for none")
    made.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="overrides a field")
    made.add_argument("--json", action="store_true", help="print events as JSON lines")
    return made


def described(field: dataclasses.Field) -> str:
    """One field with its meaning and default."""
    missing = dataclasses.MISSING
    if field.default_factory is not missing:
        default = json.dumps(field.default_factory())
    else:
        default = "required" if field.default is missing else json.dumps(field.default)
    choices = field.metadata["choices"]
    return f"  {field.name:20} {field.metadata['help']} [{default}]" + (f" of {', '.join(choices)}" if choices else "")


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
    return build(TrainRequest, raw)


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
