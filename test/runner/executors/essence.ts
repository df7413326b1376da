import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../../../src/adapters/store/index.js";
import { BUNDLED_FAMILY } from "../../../src/families/bundled-family.js";
import type { Family } from "../../../src/families/family.js";
import { reading, relabelled, tinyConfig } from "../tiny-run.js";

/** The bundled family with a trainer that only relabels: other processes open the very same models. */
export const REAL_MODELS: Family = { ...BUNDLED_FAMILY, train: async (request) => relabelled(request) };

/** Rounds in which the judge of random weights says both yes and no. */
export const RANKED_ROUND = {
  prompts: 4,
  candidates: { perPrompt: 3 },
  labels: { by: "judge", yesFrom: 0.23, noUpTo: 0.23 },
  mining: { policy: "best-versus-worst" },
  training: { steps: 2, batchPairs: 2 },
} as const;

/** One round with few stages: each kind of shard that may be computed elsewhere, and a training. */
export function smallConfig(folder: string) {
  return tinyConfig(folder, {
    rounds: 1,
    round: RANKED_ROUND,
    gate: { rule: "always-promote" },
    evaluation: {
      images: { perPrompt: 1 },
      rows: [
        { verifier: { kind: "none" }, checkpoints: "last" },
        { verifier: { kind: "orm", n: 2 }, checkpoints: "last" },
        {
          verifier: { kind: "over-paths", n: 2, every: 1, judgeOf: { process: "judge-of-all" } },
          checkpoints: "last",
        },
      ],
      resamples: 100,
    },
    shardImages: 3,
  });
}

/** What must be the same wherever the shards of a run were computed. */
export function essenceOf(folder: string) {
  return reading(folder, (store) => {
    const stages = store.stages.list("tiny");
    const of = (name: string) => stages.filter((stage) => stage.name === name);
    return {
      stages: stages.map(({ id, name, progress, plannedShards }) => [id, name, progress, plannedShards]),
      candidates: of("candidates").flatMap(({ id }) =>
        [...store.candidates.iterate(id)].map((one) => one.id),
      ),
      files: stages.flatMap(({ id, name }) =>
        name === "pairs" ? [] : store.shards.list(id).map(({ sha256, rows }) => [name, sha256, rows]),
      ),
      pairSets: of("pairs").map(({ id }) => store.pairs.setHash(id)),
      manifests: store.rounds.list("tiny").map(({ manifest }) => manifest),
      summary: readFileSync(join(store.workspace.reports, "tiny", "summary.json"), "utf8"),
    };
  });
}

/** All failed tries of a run's shards. */
export function faultsOf(store: Store) {
  return store.stages.list("tiny").flatMap(({ id }) => store.shards.faults(id));
}
