/**
 * Whether PARM turns the evaluations it saves into speed: best-of-N and PARM over the same prompts in alternating rounds,
 * function evaluations as the sampler counts them, paths begun a second, and how full the forward passes were. The
 * last line is one JSON object: `speed_up` should come near 1 / `nfe_share`.
 *
 *   npm run bench:pruning -- [--quick] [--judge FOLDER] [--n 20] [--clarity 0.5] [--potential 0.5]
 *     [--first-step 1] [--finish-at-least 1]
 *
 * Without --judge the verdicts come from hashes, cost nothing and cut half of the paths half-way.
 */
import "../explain-faults.js";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  BUNDLED_MODELS,
  openBundledDecoder,
  openBundledJudge,
  openBundledSampler,
} from "../../src/families/bundled.js";
import { readPrompts } from "../../src/families/scene-prompts.js";
import type { Judge, JudgeItem, Sampler } from "../../src/records/seams.js";
import { QUESTIONS, type Question } from "../../src/records/verdict.js";
import { search } from "../../src/search/scheduling/scheduler.js";
import { bestOfN } from "../../src/search/strategies/best-of-n.js";
import { parm } from "../../src/search/strategies/parm.js";
import { attempts, type SearchTask, type Strategy } from "../../src/search/strategy.js";
import { scoreByHash } from "../../src/testing.js";
import { rounded } from "../rounded.js";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    judge: { type: "string" },
    n: { type: "string", default: "20" },
    clarity: { type: "string", default: "0.5" },
    potential: { type: "string", default: "0.5" },
    "first-step": { type: "string", default: "1" },
    "finish-at-least": { type: "string", default: "1" },
  },
});

const [ROUNDS, PROMPTS] = flags.quick ? [1, 4] : [5, 30];
const settings = { candidates: Number(flags.n), seed: 5 };
const STRATEGIES: Readonly<Record<string, Strategy>> = {
  "best-of-n": bestOfN(settings),
  parm: parm({
    ...settings,
    clarity: Number(flags.clarity),
    potential: Number(flags.potential),
    firstStep: Number(flags["first-step"]),
    finishAtLeast: Number(flags["finish-at-least"]),
  }),
};

/** One strategy in one round. */
interface Lap {
  readonly seconds: number;
  readonly nfe: number;
  readonly paths: number;
  /** Paths of a forward pass, of the slots: 0..1. */
  readonly full: number;
}

await main();

async function main(): Promise<void> {
  const decoder = await openBundledDecoder();
  const sampler = await openBundledSampler(join(BUNDLED_MODELS, "scenes-base"), { decoder });
  const judge = flags.judge === undefined ? hashJudge() : await openBundledJudge(flags.judge);
  const { prompts } = await readPrompts("data/prompts/held-out.jsonl");
  const laps = new Map<string, Lap[]>();
  for (let round = 0; round < ROUNDS; round++) {
    const tasks = [...attempts(prompts.slice(round * PROMPTS, (round + 1) * PROMPTS), 1)];
    const names = Object.keys(STRATEGIES);
    for (const name of round % 2 ? names.reverse() : names) {
      const lap = await run(STRATEGIES[name] as Strategy, tasks, sampler, judge);
      laps.set(name, [...(laps.get(name) ?? []), lap]);
      const rate = (lap.paths / lap.seconds).toFixed(1);
      process.stderr.write(
        `round ${round + 1}: ${name} ${rate} paths/s, ${(lap.full * 100).toFixed(0)}% full\n`,
      );
    }
  }
  console.log(JSON.stringify(report(laps)));
  await Promise.all([sampler.close(), judge.close(), decoder.close()]);
}

async function run(
  strategy: Strategy,
  tasks: readonly SearchTask[],
  sampler: Sampler,
  judge: Judge,
): Promise<Lap> {
  const started = performance.now();
  const [batches, counted] = [[] as number[], observed(sampler)];
  let [nfe, paths] = [0, 0];
  for await (const outcome of search(tasks, {
    sampler: counted((size) => batches.push(size)),
    judge,
    strategy,
  })) {
    nfe += outcome.nfe;
    paths += outcome.candidates.length;
  }
  const stepped = batches.reduce((sum, size) => sum + size, 0);
  const full = stepped / (batches.length * sampler.slots);
  return { seconds: (performance.now() - started) / 1000, nfe, paths, full };
}

/** The same sampler, telling the size of each forward pass. */
function observed(sampler: Sampler) {
  return (onBatch: (size: number) => void): Sampler =>
    new Proxy(sampler, {
      get(target, member) {
        if (member === "advance") {
          return (paths: Parameters<Sampler["advance"]>[0]) => {
            onBatch(paths.length);
            return target.advance(paths);
          };
        }
        const value = Reflect.get(target, member);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
}

function report(laps: ReadonlyMap<string, readonly Lap[]>) {
  const sum = (name: string, measure: keyof Lap) =>
    (laps.get(name) ?? []).reduce((total, lap) => total + lap[measure], 0);
  const rate = (name: string) => sum(name, "paths") / sum(name, "seconds");
  return {
    n: settings.candidates,
    nfe_share: rounded(sum("parm", "nfe") / sum("best-of-n", "nfe")),
    paths_per_second: { "best-of-n": rounded(rate("best-of-n")), parm: rounded(rate("parm")) },
    speed_up: rounded(rate("parm") / rate("best-of-n")),
    batches_full: {
      "best-of-n": rounded(sum("best-of-n", "full") / ROUNDS),
      parm: rounded(sum("parm", "full") / ROUNDS),
    },
  };
}

/** Clear from half of the steps on; an opinion without a cause on the rest. */
function hashJudge(): Judge {
  const answer = (item: JudgeItem, question: Question) => {
    if (question !== "clarity") return scoreByHash(item, question);
    const settled = item.image.settled?.reduce((sum, one) => sum + one, 0) ?? 0;
    return { kind: "scored", score: Number(settled * 4 >= (item.image.tokens?.length ?? 0)) } as const;
  };
  return {
    identity: "hash-judge",
    questions: QUESTIONS,
    batch: 16,
    ask: async (question, items) => items.map((item) => answer(item, question)),
    close: async () => undefined,
  };
}
