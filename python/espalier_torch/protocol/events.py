"""Every event a worker sends. Written by `npm run protocol`; change the schemas, not this file."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fields:
    """What an event carries beside `event`: always, and now and then."""

    always: list[str]
    sometimes: list[str] = field(default_factory=list)


WORKER_EVENTS: dict[str, Fields] = {
    "train-start": Fields(["step", "steps", "pairs", "generator", "reference", "fingerprint", "device"]),
    "encode-delta": Fields(["done", "total"]),
    "compile-end": Fields(["seconds", "failed"]),
    "reference-start": Fields(["pairs", "tables", "cached"]),
    "reference-delta": Fields(["done", "total"]),
    "reference-end": Fields(["seconds"]),
    "step-end": Fields(
        [
            "step",
            "steps",
            "loss",
            "rewards/chosen",
            "rewards/rejected",
            "rewards/margins",
            "rewards/accuracies",
            "logps/chosen",
            "logps/rejected",
            "grad_norm",
            "learning_rate",
            "pairs_per_second",
            "seconds_left",
        ],
        ["entropy", "mean_token_accuracy", "logits/chosen", "logits/rejected", "guidance/loss", "guidance/score"],
    ),
    "validation-end": Fields(
        [
            "step",
            "pairs",
            "eval_loss",
            "eval_rewards/chosen",
            "eval_rewards/rejected",
            "eval_rewards/margins",
            "eval_rewards/accuracies",
            "histogram",
            "tasks",
            "best_step",
            "stops",
        ]
    ),
    "samples-end": Fields(["step", "text", "tokens"], ["prompts", "pictures"]),
    "judge-start": Fields(["step", "steps", "samples", "answers", "parents", "fingerprint", "device"]),
    "judge-step-end": Fields(
        [
            "step",
            "steps",
            "loss",
            "loss/answers",
            "loss/ranking",
            "loss/reasons",
            "grad_norm",
            "learning_rate",
            "seconds_left",
        ]
    ),
    "checkpoint-end": Fields(["step", "folder"]),
    "stop-end": Fields(["step", "reason"]),
    "train-end": Fields(["step", "folder", "identity"]),
    "estimate-end": Fields(
        [
            "steps",
            "micro_pairs",
            "seconds",
            "reference_seconds",
            "memory_mb",
            "models_mb",
            "optimizer_mb",
            "activations_mb",
            "available_mb",
        ]
    ),
    "export-end": Fields(["folder", "files"]),
    "probe-end": Fields(["python", "torch", "onnx", "cores", "threads", "memory_mb", "cuda", "cuda_memory_mb"]),
    "error": Fields(["type", "message", "log"]),
}

SERVE_EVENTS: dict[str, Fields] = {
    "open-end": Fields(
        [
            "generator",
            "image_tokenizer",
            "judge",
            "questions",
            "image_tokens",
            "codebook_size",
            "image_side",
            "evaluations_a_step",
            "slots",
            "device",
            "dtype",
        ],
        ["cut"],
    ),
    "open-detector-end": Fields(["detector", "classes", "device"], ["cut"]),
    "encode-end": Fields(["output", "seconds"], ["cut"]),
    "identify-end": Fields(["identity", "questions", "seconds"], ["cut"]),
    "encode-text-end": Fields(["rows", "seconds"], ["cut"]),
    "draw-end": Fields(["output", "seconds"], ["cut"]),
    "complete-end": Fields(["output", "seconds"], ["cut"]),
    "decode-end": Fields(["output", "seconds"], ["cut"]),
    "ask-end": Fields(["scores", "seconds"], ["cut"]),
    "detect-end": Fields(["detections", "seconds"], ["cut"]),
    "open-drawer-end": Fields(["generator", "evaluations_a_step", "width", "height", "device", "dtype"], ["cut"]),
    "paths-open-end": Fields(["seconds"], ["cut"]),
    "paths-advance-end": Fields(["seconds"], ["cut"]),
    "paths-fork-end": Fields(["seconds"], ["cut"]),
    "paths-show-end": Fields(["output", "seconds"], ["cut"]),
    "paths-drop-end": Fields(["seconds"], ["cut"]),
    "open-judge-end": Fields(["judge", "questions"], ["cut"]),
    "judge-pictures-end": Fields(["scores", "seconds"], ["cut"]),
    "error": Fields(["type", "message", "log"], ["cut"]),
}
