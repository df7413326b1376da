import { z } from "zod";
import type { Store } from "../../adapters/store/index.js";
import { storedEvaluation, storedSettings } from "../../runner/reports/stored-evaluations.js";
import { compareEvaluations } from "../../stages/comparison/compare.js";
import { collectEvaluations, sharedItems } from "../../stages/comparison/evaluations.js";
import {
  type Comparison,
  comparison,
  evaluations,
  flipCounts,
  flipFilter,
  flipPart,
  flipQuery,
} from "../answers/compare.js";
import type { Studio } from "../studio.js";
import { cursorOf, partAnswer } from "./cursor.js";
import { type Endpoint, endpoint } from "./endpoint.js";
import { nameOf } from "./names.js";

/** Two evaluations against each other: in numbers, and image by image. */
export function compareEndpoints({ store }: Studio): Endpoint[] {
  const compared = comparisons(store);
  return [
    endpoint({
      path: "evaluations",
      about:
        "Every finished evaluation: of which checkpoint or source, how its images were picked, who decided.",
      answered: evaluations,
      answer: () => ({ evaluations: evaluationsOf(store) }),
    }),
    endpoint({
      path: "comparison",
      about:
        "Two evaluations as `espalier compare` has them: scores, difference, 95% intervals, p-value. 400 where they share no prompt.",
      asked: z.object({ from: flipFilter.from, to: flipFilter.to }),
      answered: comparison,
      answer: ({ from, to }) => compared(from, to),
    }),
    endpoint({
      path: "flips",
      about: "The images of two evaluations side by side, prompt by prompt and seed by seed, part by part.",
      asked: flipQuery,
      answered: flipPart,
      answer: ({ order, limit, after, ...filter }) =>
        partAnswer(store.browse.flips.list(filter, { order, limit, after: cursorOf(after) })),
    }),
    endpoint({
      path: "flips/count",
      about: "How many images turned wrong, turned right or stayed, task by task.",
      asked: z.object(flipFilter),
      answered: flipCounts,
      answer: (filter) => ({ counts: store.browse.flips.count(filter) }),
    }),
  ];
}

function evaluationsOf(store: Store) {
  return store.evaluations
    .list()
    .flatMap(({ stageId, runId, round, label, checkpoint, selection, ...rest }) => {
      if (store.stages.find(stageId)?.progress !== "finished") return [];
      return {
        ...{ stage: stageId, run: runId, round, label, checkpoint, selection },
        checkpointName: nameOf(store, checkpoint),
        decidedBy: nameOf(store, rest.detector),
        promptSet: rest.promptSetHash,
        images: store.shards.progress(stageId).rows,
      };
    });
}

/** Comparisons that are kept: finished evaluations stay what they are. */
const MOST_KEPT = 20;

function comparisons(store: Store): (from: string, to: string) => Promise<Comparison | undefined> {
  const kept = new Map<string, Promise<Comparison>>();
  return async (from, to) => {
    if ([from, to].some((stage) => store.evaluations.find(stage) === undefined) || from === to)
      return undefined;
    const key = `${from} ${to}`;
    const known = kept.get(key) ?? compared(store, [from, to]);
    kept.set(key, known);
    known.catch(() => kept.delete(key));
    for (const [oldest] of kept) if (kept.size > MOST_KEPT) kept.delete(oldest);
    return known;
  };
}

/** Of what both have: a comparison of two, not of what only one drew. */
async function compared(store: Store, stages: readonly string[]): Promise<Comparison> {
  const whole = await collectEvaluations(
    stages.map((stage, at) => {
      const source = storedEvaluation(store, stage);
      const names = stages.map((one) => store.evaluations.find(one)?.label);
      return names[0] === names[1]
        ? { ...source, name: `${source.name} (${stages[at]?.slice(0, 6)})` }
        : source;
    }),
  );
  const { rows, comparisons: pairs } = compareEvaluations(
    sharedItems(whole),
    storedSettings(store, stages, null),
  );
  return {
    rows: rows.map(({ name, kind, overall, ci, tasks, images, prompts }) => ({
      ...{ name, kind, overall, images, prompts },
      ci: [...ci],
      tasks: { ...tasks },
    })),
    comparisons: pairs.map(({ from, to, delta, ci, p, tasks, wins, losses }) => ({
      ...{ from, to, delta, p, wins, losses },
      ci: [...ci],
      tasks: { ...tasks },
    })),
  };
}
