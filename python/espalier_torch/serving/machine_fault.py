"""Faults of the machine, told apart from ours: a full or read-only disk, permissions, memory."""

import errno
import os
import re

from espalier_torch.protocol.fields import RequestError

KEPT = "Mend that, then give the same command again: what was finished is kept."
MACHINES = frozenset(
    getattr(errno, name)
    for name in (
        "ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "EIO", "EMFILE", "ENFILE", "ENOMEM", "ENAMETOOLONG",
        "ELOOP", "ENOTDIR", "EISDIR", "ESTALE",
    )
)  # fmt: skip
SERIALISED = re.compile(r"(?:code: |os error )(\d+)")
"""How safetensors quotes the system."""
CUT_SHORT = re.compile(r"PytorchStreamWriter failed|iostream error|unexpected pos")
"""How torch.save says that not all could be written."""


def machine_fault(fault: BaseException) -> RequestError | None:
    """The fault, or what caused it, as a sentence for the user; None when the machine is not to blame."""
    seen: BaseException | None = fault
    while seen is not None:
        reason = reason_of(seen)
        if reason is not None:
            return RequestError(f"{reason}. {KEPT}")
        seen = seen.__cause__ or seen.__context__
    return None


def reason_of(fault: BaseException) -> str | None:
    """Path and reason in words; None for a fault of ours."""
    if isinstance(fault, OSError) and fault.errno in MACHINES:
        return f"{fault.filename or 'A file of the training'} cannot be used: {os.strerror(fault.errno).lower()}"
    if isinstance(fault, MemoryError):
        return "The machine has no memory left"
    quoted = SERIALISED.search(str(fault))
    if quoted and int(quoted[1]) in MACHINES:
        return f"A file of weights cannot be written: {os.strerror(int(quoted[1])).lower()}"
    if isinstance(fault, RuntimeError) and CUT_SHORT.search(str(fault)):
        return "A file of weights cannot be written whole: the disk is full or failed"
    return None
