"""Trains a bundled generator or judge by a recipe, in pieces that stop and go on exactly.

    python -m espalier_torch.pretrain.train --recipe scripts/build/recipes/scenes-judge-zero-shot.json --out build/judge

Ctrl-C saves where the training stands, and the same command goes on from there; so does one that was killed, from its
last save. On one machine the result is the same, bit for bit, however often it was stopped. The weights that are kept
are those with the lowest loss on the validation's scenes, which no table shows.
"""

import argparse
import signal
import sys
from pathlib import Path

import torch

from espalier_torch.checkpoints.folder_lock import only_writer
from espalier_torch.checkpoints.resumable_run import work_folder
from espalier_torch.distributed.devices import chosen_device
from espalier_torch.pretrain.recipe import read_recipe
from espalier_torch.pretrain.run import Run
from espalier_torch.runtime.stopping import Stop, Stopped

LOCK_SECONDS = 5


def main() -> int:
    """Parses the command line and trains; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", required=True, help="JSON file: what is trained, on what, for how many samples")
    parser.add_argument("--out", required=True, help="checkpoint folder to write")
    parser.add_argument("--work", help="folder of the state to go on from; OUT.work when absent")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda", "auto"])
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--save-every", type=float, default=300, help="seconds between saves")
    parser.add_argument(
        "--compile", action="store_true", help="torch.compile: about twice as fast, needs a C++ compiler"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    out, stop = Path(arguments.out), Stop()
    work = work_folder(out, arguments.work)
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_, name=name: setattr(stop, "reason", name))
    try:
        run = Run(read_recipe(arguments.recipe), work, chosen_device(arguments.device), compiled=arguments.compile)
        with only_writer(work, LOCK_SECONDS):
            run.to_end(out, stop, arguments.save_every)
    except (ValueError, OSError) as fault:
        print(fault, file=sys.stderr)
        return 2
    except Stopped as stopped:
        print(f"{stopped}: stopped after {run.samples:,} samples; the same command goes on from there", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
