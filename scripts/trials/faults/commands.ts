import type { Material } from "../material.js";

/** Words by a name: commands that work on the material and end within seconds. Files that they write are below `out`. */
export function commandsOn({ ids, exports }: Material): Readonly<Record<string, readonly string[]>> {
  const id = (name: string) => ids[name] as string;
  return {
    status: ["status"],
    data: ["data", id("pairs"), "--sheet", "out.png"],
    candidates: ["data", id("candidates"), "--sheet", "out.png"],
    against: ["data", id("pairs"), "--against", "prompts.txt"],
    file: ["data", exports.parquet as string, "--sheet", "out.png"],
    import: ["import", exports.jsonl as string],
    sql: ["sql", "SELECT id, prompt_id FROM candidates ORDER BY id"],
    candidate: ["show", id("candidate"), "--out", "out.png"],
    pair: ["show", id("pair"), "--out", "out.png"],
    prompt: ["show", id("prompt"), "--out", "out.png"],
    generate: ["generate", "prompts.txt", "--count", "2", "--pipeline", "./tiny.ts"],
    regenerate: ["generate", "prompts.txt", "--count", "8", "--pipeline", "./tiny.ts"],
    score: ["score", id("candidates")],
    mine: ["pair", id("candidates"), "--policy", "random-yes-no"],
    train: ["train", id("pairs"), "--steps", "1", "--batch-pairs", "2", "--pipeline", "./tiny.ts"],
    evaluate: ["evaluate", "scenes-base", "--per-task", "1", "--pipeline", "./tiny.ts"],
    compare: ["compare", id("evaluation"), id("other"), "--resamples", "100"],
    export: ["export", id("pairs"), "--format", "jsonl", "--out", "out.jsonl"],
    parquet: ["export", id("pairs"), "--format", "parquet", "--out", "out.parquet"],
    images: ["export-images", id("evaluation"), "out"],
    replay: ["replay", id("candidate")],
    ...(ids["checkpoint"] ? trainedCommands(id) : {}),
  };
}

function trainedCommands(id: (name: string) => string): Record<string, readonly string[]> {
  return {
    trained: ["evaluate", id("checkpoint"), "--per-task", "1", "--seed", "3", "--pipeline", "./tiny.ts"],
    again: ["train", id("pairs"), "--steps", "2", "--batch-pairs", "2", "--pipeline", "./tiny.ts"],
    judge: ["judge", "train", id("samples"), "--steps", "1", "--batch", "4"],
    run: ["run", "./tiny.ts"],
  };
}

/** The cheap ones that read what lies in a folder of the workspace, by the first part of a file's path. */
export const READERS = {
  ledger: ["status", "sql", "data", "pair", "score", "export", "compare", "mine"],
  candidates: ["candidate", "prompt", "candidates", "score", "mine", "regenerate", "replay"],
  pairs: ["data", "pair", "export", "parquet", "train", "against"],
  evaluation: ["compare", "images", "evaluate"],
  checkpoints: ["trained", "again"],
  judge: ["judge"],
  reports: ["status", "run", "compare"],
  any: ["status", "sql", "export", "compare", "mine", "data", "images", "run"],
} as const;
