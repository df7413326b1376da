"""The job on a Ray cluster: takes orders from a file in the workspace and writes receipts to another.

    python -m espalier_torch.cluster.driver WORKSPACE/cluster/JOB

`settings.json` in the folder says what actors get; `orders.jsonl` holds one order a line, `receipts.jsonl` what came of
each. Ray places and restarts; what may be tried again is the coordinator's to say. The driver ends when it is told to,
or when nobody has ordered anything for a while.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import ray

from espalier_torch.cluster.actor_pool import ActorPool, lack_of
from espalier_torch.cluster.json_lines import JsonLinesReader, JsonLinesWriter

LOOK_SECONDS = 0.02
"""Between two looks at the orders while there is work."""
IDLE_LOOK_SECONDS = 0.1


class Driver:
    """One job."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.settings = json.loads((folder / "settings.json").read_text())
        self.orders = JsonLinesReader(folder / "orders.jsonl")
        self.receipts = JsonLinesWriter(folder / "receipts.jsonl")
        self.pool = ActorPool(self.settings)
        self.seen: set[tuple[str, int]] = set()
        self.told: dict[str, Any] = {}
        self.last_order = time.monotonic()

    def run(self) -> None:
        """Until an order says to end, or none came for the idle time."""
        while True:
            if self.take_orders():
                return
            self.pool.hand_out()
            for receipt in self.pool.collect(LOOK_SECONDS):
                self.receipts.append({"receipt": receipt})
            self.tell_size()
            if self.pool.idle:
                if time.monotonic() - self.last_order > self.settings["idle_seconds"]:
                    print("nobody has ordered anything for a while: ending", flush=True)
                    return
                time.sleep(IDLE_LOOK_SECONDS)

    def take_orders(self) -> bool:
        """Reads new orders; returns whether one of them says to end."""
        for order in self.orders.read():
            self.last_order = time.monotonic()
            if order.get("end"):
                return True
            if "train" in order:
                self.train(order["train"])
            elif "task" in order:
                self.take(order["task"])
        return False

    def take(self, task: dict[str, Any]) -> None:
        """A task that was ordered before (by a coordinator that was started again) is not done twice."""
        key = (task["id"], task["attempt"])
        if key not in self.seen:
            self.seen.add(key)
            self.pool.take(task)

    def train(self, order: dict[str, Any]) -> None:
        """Trains with every actor out of the way, so that their cards are free."""
        key = (order["id"], order["attempt"])
        if key in self.seen:
            return
        self.seen.add(key)
        self.pool.end_all()
        from espalier_torch.cluster.ray_training import train_on_cluster  # noqa: PLC0415 (torch takes seconds)

        train_on_cluster(order, self.settings, self.folder, self.receipts.append)
        self.last_order = time.monotonic()

    def tell_size(self) -> None:
        """Says how many actors work and how many fit, or what there is too little of for one, when that changes."""
        lack = lack_of(ray.cluster_resources(), self.settings)
        sizes = {"workers": self.pool.size, "room": self.settings["workers"] or self.pool.room(), "lack": lack}
        if sizes != self.told:
            self.told = sizes
            self.receipts.append(sizes)


def main() -> int:
    """Runs the job of a folder."""
    ray.init(address="auto", log_to_driver=False)
    driver = Driver(Path(sys.argv[1]))
    try:
        driver.run()
    finally:
        driver.pool.end_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
