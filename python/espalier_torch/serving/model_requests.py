"""What a serving worker answers, about the models and the detector that it holds."""

from collections.abc import Mapping
from typing import Any

import torch

from espalier_torch.detection.detector import PhotographDetector, load_detector
from espalier_torch.distributed.devices import chosen_device, use_threads
from espalier_torch.protocol.drawn_requests import OpenDrawerRequest, OpenJudgeRequest
from espalier_torch.protocol.fields import RequestError, refusing
from espalier_torch.protocol.serve_requests import (
    AskRequest,
    CompleteRequest,
    DecodeRequest,
    DetectRequest,
    DrawRequest,
    EncodeRequest,
    EncodeTextRequest,
    IdentifyRequest,
    OpenDetectorRequest,
    OpenRequest,
)
from espalier_torch.serving.answering import timed, untimed, written
from espalier_torch.serving.drawer import Drawer
from espalier_torch.serving.identity import identity_of, questions_of
from espalier_torch.serving.models import Models, arrays
from espalier_torch.serving.request_loop import Answer


class ModelRequests:
    """The models and the detector of a worker; both are there once they were opened."""

    def __init__(self) -> None:
        self.models: Models | None = None
        self.detector: PhotographDetector | None = None
        self.drawer = Drawer()

    def answers(self) -> Mapping[type, Answer]:
        """The table of requests."""
        return {
            OpenRequest: untimed(refusing(ValueError, OSError)(self.open)),
            OpenDetectorRequest: untimed(refusing(ValueError, OSError)(self.open_detector)),
            IdentifyRequest: timed(refusing(ValueError, OSError)(identified)),
            DetectRequest: timed(self.detect),
            EncodeTextRequest: timed(self.encode_text),
            EncodeRequest: timed(self.encode),
            DrawRequest: timed(self.draw),
            CompleteRequest: timed(self.complete),
            DecodeRequest: timed(self.decode),
            AskRequest: timed(refusing(ValueError)(self.ask)),
            OpenDrawerRequest: untimed(refusing(ValueError, OSError)(self.drawer.open)),
            OpenJudgeRequest: untimed(refusing(ValueError, OSError)(self.drawer.open_judge)),
            **{kind: timed(refusing(ValueError)(work)) for kind, work in self.drawer.works().items()},
        }

    def open(self, request: OpenRequest) -> dict[str, Any]:
        """Loads models, or takes over those that are here already."""
        use_threads(request.threads)
        self.models = Models(request, self.models)
        return {"event": "open-end", **self.models.described()}

    def open_detector(self, request: OpenDetectorRequest) -> dict[str, Any]:
        """Loads a detector."""
        use_threads(request.threads)
        device = chosen_device(request.device)
        self.detector = load_detector(
            request.objects, request.colors, request.color_names, request.color_wordings, device, request.batch
        )
        described = {"detector": self.detector.identity, "classes": self.detector.classes, "device": device.type}
        return {"event": "open-detector-end", **described}

    def opened(self) -> Models:
        """The models. Raises RequestError before they were opened."""
        if self.models is None:
            raise RequestError("Nothing is loaded yet; the first request must be `open`")
        return self.models

    def encode_text(self, request: EncodeTextRequest) -> dict[str, Any]:
        """The text part of prompts' rows."""
        return {"event": "encode-text-end", "rows": self.opened().rows(request.texts)}

    def encode(self, request: EncodeRequest) -> dict[str, Any]:
        """Tokens of pictures."""
        models = self.opened()
        (pixels,) = arrays(request.input, "pixels")
        return {"event": "encode-end", "output": written(request.output, {"tokens": models.tokens(pixels)})}

    def draw(self, request: DrawRequest) -> dict[str, Any]:
        """One step of each path."""
        models = self.opened()
        drawn = models.draw(request.texts, *arrays(request.input, "tokens", "seeds", "steps"))
        return {"event": "draw-end", "output": written(request.output, drawn)}

    def complete(self, request: CompleteRequest) -> dict[str, Any]:
        """The whole image that each path begins."""
        models = self.opened()
        (tokens,) = arrays(request.input, "tokens")
        whole = models.complete(request.texts, tokens)
        return {"event": "complete-end", "output": written(request.output, {"tokens": whole})}

    def decode(self, request: DecodeRequest) -> dict[str, Any]:
        """Pixels of whole images."""
        models = self.opened()
        (tokens,) = arrays(request.input, "tokens")
        return {"event": "decode-end", "output": written(request.output, {"pixels": models.pixels(tokens).cpu()})}

    def ask(self, request: AskRequest) -> dict[str, Any]:
        """The judge's answers about images."""
        models = self.opened()
        (tokens,) = arrays(request.input, "tokens")
        return {"event": "ask-end", "scores": models.ask(request.questions, request.prompts, tokens)}

    def detect(self, request: DetectRequest) -> dict[str, Any]:
        """The objects in pictures."""
        if self.detector is None:
            raise RequestError("No detector is loaded; the first request must be `open-detector`")
        (pixels,) = arrays(request.input, "pixels")
        if pixels.ndim != 4 or pixels.shape[-1] != 3 or pixels.dtype != torch.uint8:
            raise RequestError(f"Expected pixels (B, H, W, 3) uint8, got {tuple(pixels.shape)} {pixels.dtype}")
        return {"event": "detect-end", "detections": self.detector.detect(pixels, request.above)}


def identified(request: IdentifyRequest) -> dict[str, Any]:
    """Identity of a model on disk, and what it answers."""
    answered = questions_of(request.place, request.questions) if request.kind == "judge" else []
    identity = identity_of(request.kind, request.place, request.questions, request.judge_dtype)
    return {"event": "identify-end", "identity": identity, "questions": answered}
