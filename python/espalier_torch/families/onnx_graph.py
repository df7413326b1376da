"""Writing a module as an ONNX graph that Node runs."""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

OPSET = 17


def write_graph(
    module: nn.Module,
    example: tuple[Tensor, ...],
    folder: str | Path,
    name: str,
    inputs: list[str],
    outputs: list[str],
    batched: dict[str, dict[int, str]],
) -> str:
    """Exports one module with a free first dimension; returns the file's name."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    training = module.training
    module.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter's notices about constants are expected here
        torch.onnx.export(
            module,
            example,
            str(Path(folder) / name),
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=batched,
            opset_version=OPSET,
            dynamo=False,
        )
    module.train(training)
    return name
