"""The actors of a job: as many as asked for or as fit, each with a task in work and one waiting."""

import collections
import contextlib
from collections.abc import Mapping
from typing import Any

import ray
from ray.exceptions import RayActorError, RayTaskError

from espalier_torch.cluster.node_program import environment_after
from espalier_torch.cluster.shard_actor import ShardActor, fault_receipt

WAITING = 2
"""Tasks that an actor holds: the one it computes and the next, so that it never waits for the driver."""


class PooledActor:
    """One actor and what it was given, in order."""

    def __init__(self, settings: Mapping[str, Any], environment: Mapping[str, Any]):
        memory = settings["memory_gigabytes"]
        options: dict[str, Any] = {
            "num_cpus": settings["cpus"],
            "num_gpus": settings["gpus"],
            **({"memory": int(memory * 2**30)} if memory else {}),
            **({"runtime_env": dict(environment)} if environment else {}),
        }
        made = ray.remote(ShardActor).options(**options)
        self.actor = made.remote(settings["words"], settings["shard_minutes"] * 60)
        self.environment = environment
        self.starting: ray.ObjectRef | None = self.actor.ready.remote()
        self.name = "not started"
        self.held: collections.OrderedDict[ray.ObjectRef, dict[str, Any]] = collections.OrderedDict()

    def give(self, task: dict[str, Any]) -> None:
        """Adds a task behind those it has."""
        self.held[self.actor.compute.remote(task)] = task


class ActorPool:
    """Gives tasks to actors and collects receipts. An actor that dies is replaced."""

    def __init__(self, settings: Mapping[str, Any]):
        self.settings = settings
        self.environment: dict[str, Any] = {}
        self.actors: list[PooledActor] = []
        self.open: collections.deque[dict[str, Any]] = collections.deque()

    @property
    def size(self) -> int:
        """Actors that have started."""
        return sum(one.starting is None for one in self.actors)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not self.open and not any(one.held for one in self.actors)

    def wanted(self) -> int:
        """Actors to have: never more than there are tasks, nor than the cluster has room for."""
        held = sum(len(one.held) for one in self.actors)
        return min(self.settings["workers"] or self.room(), len(self.open) + held)

    def room(self) -> int:
        """Actors that the cluster as a whole has room for, at least one."""
        total = ray.cluster_resources()
        return max(1, int(min(total.get(name, 0) / need for name, need in needs_of(self.settings).items())))

    def take(self, task: dict[str, Any]) -> None:
        """One more task to do."""
        self.open.append(task)

    def hand_out(self) -> None:
        """Starts actors where some are missing, and fills those that have started."""
        while len(self.actors) < self.wanted():
            self.actors.append(PooledActor(self.settings, self.environment))
        for depth in range(1, WAITING + 1):
            for one in self.actors:
                if self.open and one.starting is None and len(one.held) < depth:
                    one.give(self.open.popleft())

    def collect(self, seconds: float) -> list[dict[str, Any]]:
        """Receipts that arrive within `seconds`; returns as soon as there is one."""
        awaited = {one.starting: one for one in self.actors if one.starting is not None}
        awaited.update({reference: one for one in self.actors for reference in one.held})
        if not awaited:
            return []
        ready, _ = ray.wait(list(awaited), num_returns=1, timeout=seconds)
        if ready:
            more, _ = ray.wait(list(awaited), num_returns=len(awaited), timeout=0)
            ready = list(dict.fromkeys([*ready, *more]))
        receipts: list[dict[str, Any]] = []
        for reference in ready:
            one = awaited[reference]
            if one in self.actors:
                receipts += self.started(one) if reference == one.starting else self.ended(one, reference)
        return receipts

    def started(self, one: PooledActor) -> list[dict[str, Any]]:
        """Notes who started. Without a Node on its machine, actors get one with their environment."""
        try:
            one.name = ray.get(one.starting)
            one.starting = None
        except (RayActorError, RayTaskError) as fault:
            self.actors.remove(one)
            if one.environment == self.environment:
                self.environment = environment_after(fault, self.environment)
        return []

    def ended(self, one: PooledActor, reference: ray.ObjectRef) -> list[dict[str, Any]]:
        """The receipt of a task. The first task of a dead actor is at fault; those behind it go to others."""
        try:
            receipt = ray.get(reference)
            del one.held[reference]
            return [receipt]
        except RayActorError as fault:
            self.actors.remove(one)
            # One that is only out of reach would keep its cores.
            with contextlib.suppress(RayActorError):
                ray.kill(one.actor)
            first, *others = one.held.values()
            self.open.extendleft(reversed(others))
            return [fault_receipt(first, one.name, f"its actor died: {first_line(fault)}")]
        except RayTaskError as fault:
            task = one.held.pop(reference)
            return [fault_receipt(task, one.name, first_line(fault))]

    def end_all(self) -> None:
        """Ends every actor, so that what they held is free for others. Tasks in work are given up."""
        for one in self.actors:
            with contextlib.suppress(RayActorError):
                ray.kill(one.actor)
        self.actors.clear()


def needs_of(settings: Mapping[str, Any]) -> dict[str, float]:
    """What one actor is given, by Ray's names; memory in bytes."""
    memory = (settings["memory_gigabytes"] or 0) * 2**30
    needs = {"CPU": settings["cpus"], "GPU": settings["gpus"], "memory": memory}
    return {name: need for name, need in needs.items() if need > 0}


def lack_of(total: Mapping[str, float], settings: Mapping[str, Any]) -> str:
    """What the whole cluster has too little of for a single actor, in words; empty where it has room for one."""
    words = {"CPU": "{:g} CPU", "GPU": "{:g} GPU", "memory": "{:,.0f} bytes of memory"}
    return ", ".join(
        f"{words[name].format(need)} (it has {words[name].format(total.get(name, 0))})"
        for name, need in needs_of(settings).items()
        if total.get(name, 0) < need
    )


def first_line(fault: Exception) -> str:
    """What went wrong, without its stack."""
    lines = [line for line in str(fault).splitlines() if line.strip()]
    return lines[0] if lines else type(fault).__name__
