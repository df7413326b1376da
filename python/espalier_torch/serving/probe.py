"""What this machine offers."""

import importlib.metadata
import os
import platform
from typing import Any

import torch


def probe() -> dict[str, Any]:
    """The `probe-end` event: versions, cores, memory and accelerators."""
    cuda = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {
        "event": "probe-end",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "onnx": importlib.metadata.version("onnx"),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "memory_mb": memory_mb(),
        "cuda": cuda,
        "cuda_memory_mb": [torch.cuda.get_device_properties(index).total_memory // 10**6 for index in range(len(cuda))],
    }


def memory_mb() -> int:
    """Memory of the machine in MB; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError, AttributeError):
        return 0
