/** A stage as far as its time goes. */
export interface StageTimes {
  readonly name: string;
  /** Seconds of each shard that workers compute. */
  readonly shards: readonly number[];
  /** Seconds that nobody shares: reading, mining, comparing, and a training on a fixed number of cards. */
  readonly alone: number;
}

/** What moving shards about costs. All in seconds. */
export interface Overhead {
  /** A worker's start, until it takes its first shard. */
  readonly start: number;
  /** A worker's own, between two shards. */
  readonly perShard: number;
  /** The coordinator's, for a shard: to check it and to commit it. One at a time. */
  readonly perCommit: number;
}

export interface SimulatedRun {
  readonly workers: number;
  readonly seconds: number;
  /** Worker seconds that were paid for, and those of them in which shards were computed. */
  readonly paid: number;
  readonly used: number;
  /** What held it up most: shards in work, stages that are not shared, one last long shard, or the coordinator. */
  readonly limit: "shards" | "alone" | "last shard" | "coordinator";
}

/**
 * How long a run takes on so many workers: stages one after another, the shards of a stage in order, each given to the
 * worker that is free first, commits one at a time.
 */
export function simulate(stages: readonly StageTimes[], workers: number, overhead: Overhead): SimulatedRun {
  const spans = stages.map((stage) => simulateStage(stage, workers, overhead));
  const total = (pick: (span: Span) => number) => spans.reduce((sum, span) => sum + pick(span), 0);
  const hasShards = spans.some(({ used }) => used > 0);
  const seconds = total((span) => span.seconds) + (hasShards ? overhead.start : 0);
  const waits = {
    shards: total((span) => span.used) / workers,
    alone: total((span) => span.alone),
    "last shard": total((span) => span.tail),
    coordinator: total((span) => span.queue),
  };
  const [limit] = Object.entries(waits).sort(([, one], [, other]) => other - one)[0] as [
    SimulatedRun["limit"],
    number,
  ];
  return { workers, seconds, paid: seconds * workers, used: total((span) => span.used), limit };
}

interface Span {
  readonly seconds: number;
  readonly used: number;
  readonly alone: number;
  /** From when the first worker has nothing left to do to the last shard. */
  readonly tail: number;
  /** From the last shard to the last commit. */
  readonly queue: number;
}

function simulateStage({ shards, alone }: StageTimes, workers: number, overhead: Overhead): Span {
  const free = new Float64Array(Math.max(1, Math.min(workers, shards.length)));
  const ends = shards.map((seconds) => {
    const next = earliest(free);
    free[next] = (free[next] as number) + seconds + overhead.perShard;
    return free[next] as number;
  });
  const last = Math.max(0, ...free);
  let committed = 0;
  for (const end of ends.sort((one, other) => one - other)) {
    committed = Math.max(committed, end) + overhead.perCommit;
  }
  const used = shards.reduce((sum, seconds) => sum + seconds, 0);
  const tail = shards.length === 0 ? 0 : last - Math.min(...free);
  return {
    seconds: Math.max(last, committed) + alone,
    used,
    alone,
    tail,
    queue: Math.max(0, committed - last),
  };
}

/** Index of the smallest value. */
function earliest(free: Float64Array): number {
  let best = 0;
  for (let index = 1; index < free.length; index++) {
    if ((free[index] as number) < (free[best] as number)) best = index;
  }
  return best;
}
