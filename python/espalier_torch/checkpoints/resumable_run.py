"""What every run that can be killed shares: its folders, going on where it stopped, and a result that is whole.

DPO, a judge's training and pre-training differ in what they train; they save, resume and finish alike.
"""

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from espalier_torch.checkpoints.folder_lock import only_writer
from espalier_torch.checkpoints.resumable_state import newest_state, state_folders
from espalier_torch.protocol.event_log import Emit, EventLog
from espalier_torch.protocol.fields import RequestError
from espalier_torch.runtime.stopping import Stopped

LOCK_SECONDS = 60.0


class Resumable(Protocol):
    """What is asked of a run's state."""

    work: Path
    fingerprint: str
    step: int
    steps: int


def work_folder(out: Path, work: str | None) -> Path:
    """Where a run's resumable state lies: in `work`, or beside its result."""
    return Path(work) if work else out.with_name(f"{out.name}.work")


def state_of_this_run(
    run: Resumable, unlike: str, cure: str = "`work` (or `out`)"
) -> tuple[Path, dict[str, Any]] | None:
    """The newest whole state of this very run and its state.json; None to begin at the start.

    Args:
        run: with the fingerprint that the state must have.
        unlike: says in a refusal what is another one's: "with other settings".
        cure: names what to give anew.

    Raises:
        RequestError: the folder holds another run's state.
    """
    found = newest_state(run.work)
    if found is not None and found[1]["fingerprint"] != run.fingerprint:
        raise RequestError(f"{run.work} holds a half-finished run {unlike}; give another {cure}, or delete it")
    return found


def once(out: Path, run: Resumable, emit: Emit, train: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The checkpoint.json of a run: that of its result where it has ended before, else what `train` gives.

    Raises:
        RequestError: `out` holds something else.
        TimeoutError: another trainer holds the work folder.
    """
    if (out / "checkpoint.json").is_file():
        record = json.loads((out / "checkpoint.json").read_text())
        if record.get("training", {}).get("fingerprint") != run.fingerprint:
            raise RequestError(f"{out} already holds another checkpoint; give another `out`, or delete it")
        emit({"event": "train-end", "step": run.steps, "folder": str(out), "identity": record["identity"]})
        return record
    if out.exists() and any(out.iterdir()):
        raise RequestError(f"{out} holds files that are no checkpoint; give another `out`, or delete it")
    with only_writer(run.work, LOCK_SECONDS):
        return train()


def logged_to_end(
    out: Path,
    run: Resumable,
    emit: Emit,
    train: Callable[[Emit], None],
    write: Callable[[Path, EventLog], dict[str, Any]],
) -> dict[str, Any]:
    """Trains what is left and writes the result, all events in a log beside the states; then drops the states.

    Args:
        out: the checkpoint folder to write.
        run: resumed already.
        emit: takes the events as well.
        train: takes every step that is left. A stop is told with `stop-end`.
        write: writes the checkpoint's files into a new folder and returns its checkpoint.json.
    """
    with EventLog(run.work / "events.jsonl", emit, from_step=run.step) as log:
        try:
            train(log.emit)
        except Stopped as stopped:
            log.emit({"event": "stop-end", "step": run.step, "reason": str(stopped)})
            raise
        with written_as_one(out) as folder:
            record = write(folder, log)
        log.emit({"event": "train-end", "step": run.step, "folder": str(out), "identity": record["identity"]})
    for folder in state_folders(run.work):
        shutil.rmtree(folder)
    return record


@contextlib.contextmanager
def written_as_one(out: Path, replace: bool = False) -> Iterator[Path]:
    """A new folder of `out`'s name to write into, not made yet; it takes `out`'s place when the context ends well.

    What is in `out` is only dropped for it where `replace` says so.
    """
    staging = out.parent / f".{out.name}.partial"
    shutil.rmtree(staging, ignore_errors=True)
    yield staging / out.name
    if replace:
        shutil.rmtree(out, ignore_errors=True)
    (staging / out.name).rename(out)
    staging.rmdir()
