"""Hashes, modes, flushing and JSON of files."""

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any


def sha256_of(file: Path) -> str:
    """Hex digest of a file, read in pieces."""
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while piece := source.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def usual_modes(place: Path) -> None:
    """Gives a file, or all files of a folder, the mode of the umask: safetensors writes for the owner alone."""
    umask = os.umask(0o077)
    os.umask(umask)
    for file in [place] if place.is_file() else place.rglob("*"):
        if file.is_file():
            file.chmod(0o666 & ~umask)


def hash_of(content: Any) -> str:
    """Hex digest of what JSON can hold, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def digest_of(digests: list[str]) -> str:
    """The one digest, or the digest of several."""
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def flush_folder(folder: Path) -> None:
    """Forces a folder's files, then the folder itself, to disk."""
    for file in folder.iterdir():
        flush(file)
    flush(folder)


def flush(path: Path) -> None:
    """fsync of a file or, where the system allows it, a folder."""
    with contextlib.suppress(PermissionError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_object(file: Path) -> dict[str, Any]:
    """The JSON object of a file. Raises ValueError when there is none in it."""
    try:
        found = json.loads(file.read_text())
    except ValueError as cause:
        raise ValueError(f"{file} is not JSON ({cause}); fetch it again") from cause
    if not isinstance(found, dict):
        raise ValueError(f"{file} should hold a JSON object, it holds {type(found).__name__}")
    return found
