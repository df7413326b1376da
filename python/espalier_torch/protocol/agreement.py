"""Whether this package speaks the protocol of the program that started it.

Both come from one source, but may be installed apart (`pip install espalier-torch`): a program that takes another
version's answers for its own would record nonsense, so the first request is refused instead.
"""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path

from espalier_torch import __version__
from espalier_torch.protocol.fields import RequestError

VARIABLE = "ESPALIER_PROTOCOL"
"""What the program that starts a worker sets: its version, a space, and the hash of its protocol."""


@functools.cache
def own_protocol() -> str:
    """sha256 of what requests and events are made of, hex."""
    return hashlib.sha256((Path(__file__).parent / "schema.json").read_bytes()).hexdigest()


def refuse_other_protocol(environment: Mapping[str, str]) -> None:
    """Raises RequestError when the starting program says that it speaks another protocol."""
    version, _, protocol = environment.get(VARIABLE, "").partition(" ")
    if protocol in ("", own_protocol()):
        return
    raise RequestError(
        f"Expected espalier-torch to speak the protocol of espalier {version} ({protocol[:12]}), but this one is "
        f"{__version__} ({own_protocol()[:12]}, {Path(__file__).parents[1]}). Install the one of the same version: "
        f"pip install espalier-torch=={version}; or unset ESPALIER_PYTHON, and espalier brings its own."
    )
