"""The worker that holds a generator and a judge, or a detector, on one device and serves batches until its input ends.

    python -m espalier_torch.serve

Speaks `serving/protocol.py`: one request a line on stdin, one event a line on stdout, prose on stderr. It keeps no path
between requests, so a worker that died is replaced by another and nothing but the request in flight is lost. A request
that cannot be run as asked is answered with `error` and the next one is read; any other fault ends the worker with
exit code 1. Images are decoded only when a request needs their pixels, and never leave the device for the judge.
"""

import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any, TextIO

import torch
from safetensors.torch import save_file
from torch import Tensor

from espalier_torch.detection.detector import PhotographDetector, load_detector
from espalier_torch.distributed.devices import chosen_device
from espalier_torch.protocol import event_line
from espalier_torch.request_fields import RequestError
from espalier_torch.runtime.cut_texts import CUTS
from espalier_torch.runtime.orphan import end_when_orphaned
from espalier_torch.serving.identity import identity_of, questions_of
from espalier_torch.serving.machine_fault import machine_fault
from espalier_torch.serving.models import Models, arrays
from espalier_torch.serving.protocol import (
    DecodeRequest,
    DetectRequest,
    DrawRequest,
    EncodeRequest,
    EncodeTextRequest,
    IdentifyRequest,
    OpenDetectorRequest,
    OpenRequest,
    check,
    parse,
)
from espalier_torch.worker import Log


class Server:
    """Answers requests, one after another."""

    def __init__(self, events: TextIO, log: Log):
        self.events, self.log = events, log
        self.models: Models | None = None
        self.detector: PhotographDetector | None = None

    def serve(self, requests: TextIO) -> int:
        """Answers each line until there are none; returns the exit code."""
        for line in requests:
            if not line.strip():
                continue
            try:
                self.emit(self.answer(parse(line)))
            except RequestError as fault:
                self.fail(fault)
            except BrokenPipeError:
                return 1
            except Exception as fault:
                told = machine_fault(fault)
                if not told:
                    traceback.print_exc()
                self.fail(told or fault)
                return 1
        return 0

    def answer(self, request: Any) -> dict[str, Any]:
        """Runs one request and returns its event. Raises RequestError."""
        started = time.monotonic()
        if isinstance(request, OpenRequest | OpenDetectorRequest):
            return self.opened(request)
        if isinstance(request, DetectRequest):
            found = detections(self.detector, request)
        elif isinstance(request, IdentifyRequest):
            found = {"event": "identify-end", **identified(request)}
        elif self.models is None:
            raise RequestError("Nothing is loaded yet; the first request must be `open`")
        else:
            found = answers(self.models, request)
        return {**found, "seconds": time.monotonic() - started}

    def opened(self, request: OpenRequest | OpenDetectorRequest) -> dict[str, Any]:
        """Loads what a request names and returns its event. Raises RequestError."""
        if request.threads is not None:
            torch.set_num_threads(request.threads)
        try:
            if isinstance(request, OpenRequest):
                self.models = Models(request, self.models)
                return {"event": "open-end", **self.models.described()}
            device = chosen_device(request.device)
            self.detector = load_detector(
                request.objects, request.colors, request.color_names, request.color_wordings, device, request.batch
            )
        except (ValueError, OSError) as fault:
            raise RequestError(str(fault)) from fault
        described = {"detector": self.detector.identity, "classes": self.detector.classes, "device": device.type}
        return {"event": "open-detector-end", **described}

    def emit(self, event: dict[str, Any]) -> None:
        """Sends one event and what was cut since the last one, checked against the protocol."""
        cut = CUTS.taken()
        event = {**event, "cut": cut} if cut else event
        check(event)
        self.events.write(event_line(event) + "\n")
        self.events.flush()

    def fail(self, fault: Exception) -> None:
        """Sends the `error` event."""
        message = str(fault) or type(fault).__name__
        self.emit({"event": "error", "type": type(fault).__name__, "message": message, "log": list(self.log.lines)})


def identified(request: IdentifyRequest) -> dict[str, Any]:
    """Identity of a model on disk, and what it answers. Raises RequestError."""
    try:
        answered = questions_of(request.place, request.questions) if request.kind == "judge" else []
        return {"identity": identity_of(request.kind, request.place, request.questions), "questions": answered}
    except (ValueError, OSError) as fault:
        raise RequestError(str(fault)) from fault


def answers(models: Models, request: Any) -> dict[str, Any]:
    """The event of a request to loaded models, without its seconds. Raises RequestError."""
    if isinstance(request, EncodeTextRequest):
        return {"event": "encode-text-end", "rows": models.rows(request.texts)}
    if isinstance(request, EncodeRequest):
        (pixels,) = arrays(request.input, "pixels")
        return {"event": "encode-end", "output": written(request.output, {"tokens": models.tokens(pixels)})}
    if isinstance(request, DrawRequest):
        drawn = models.draw(request.texts, *arrays(request.input, "tokens", "seeds", "steps"))
        return {"event": "draw-end", "output": written(request.output, drawn)}
    (tokens,) = arrays(request.input, "tokens")
    if isinstance(request, DecodeRequest):
        return {"event": "decode-end", "output": written(request.output, {"pixels": models.pixels(tokens).cpu()})}
    try:
        return {"event": "ask-end", "scores": models.ask(request.questions, request.prompts, tokens)}
    except ValueError as fault:
        raise RequestError(str(fault)) from fault


def detections(detector: PhotographDetector | None, request: DetectRequest) -> dict[str, Any]:
    """The event of a detect request, without its seconds. Raises RequestError."""
    if detector is None:
        raise RequestError("No detector is loaded; the first request must be `open-detector`")
    (pixels,) = arrays(request.input, "pixels")
    if pixels.ndim != 4 or pixels.shape[-1] != 3 or pixels.dtype != torch.uint8:
        raise RequestError(f"Expected pixels (B, H, W, 3) uint8, got {tuple(pixels.shape)} {pixels.dtype}")
    return {"event": "detect-end", "detections": detector.detect(pixels, request.above)}


def written(file: str, tensors: dict[str, Tensor]) -> str:
    """Writes a whole file or none; returns its name."""
    partial = Path(file + ".partial")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial)
    partial.replace(file)
    return file


def main() -> int:
    """Keeps stdout for events (whatever libraries print goes to stderr) and serves stdin."""
    end_when_orphaned()
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stderr = log = Log(sys.stderr)  # type: ignore[assignment]
    return Server(events, log).serve(sys.stdin)


if __name__ == "__main__":
    sys.exit(main())
