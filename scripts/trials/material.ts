import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FORMAT_FACTS, FORMAT_NAMES, type FormatName } from "../../src/config/formats.js";
import { runCommand } from "./command.js";
import { openSandbox, type Sandbox } from "./sandbox.js";

/** A workspace in which every stage has run, the files that led to it, and the ids of what it holds. */
export interface Material {
  /** Holds `workspace`, `prompts.txt`, `tiny.ts` and `exports/FORMAT`. */
  readonly sandbox: Sandbox;
  readonly ids: Readonly<Record<string, string>>;
  /** Exports of its pairs, relative to the working folder. */
  readonly exports: Readonly<Partial<Record<FormatName, string>>>;
}

/** Few steps, few images: every flag of a stage means something, and nothing takes long. */
export const TINY = `export default {
  name: "tiny",
  seed: 1,
  sampler: { steps: 6 },
  prompts: { train: { file: "prompts.txt" } },
  round: {
    prompts: 4,
    candidates: { perPrompt: 8 },
    mining: { policy: "best-versus-worst" },
    training: { steps: 2, batchPairs: 2, checkpointEvery: 1 },
  },
  rounds: 1,
  evaluation: { images: { perTask: 1 }, rows: [{ verifier: { kind: "none" } }], resamples: 100 },
  shardImages: 16,
};
`;
const PROMPTS = [
  "a photo of a red star",
  "a photo of a circle and a blue square",
  "a photo of three stars",
  "a photo of a green ring left of a triangle",
];

/** Makes it through the command line. With `trained`, a checkpoint, a judge's data and a whole run are part of it. */
export async function makeMaterial(cache: string, trained: boolean): Promise<Material> {
  const sandbox = openSandbox(cache, "material");
  writeFileSync(join(sandbox.here, "prompts.txt"), `${PROMPTS.join("\n")}\n`);
  writeFileSync(join(sandbox.here, "tiny.ts"), TINY);
  writeFileSync(join(sandbox.here, "package.json"), '{ "private": true, "type": "module" }\n');
  const ids: Record<string, string> = {};
  const run = (line: string) => made(sandbox, line);
  const keep = async (name: string, line: string) => {
    ids[name] = ((await run(line)) as { id: string }).id;
  };
  await keep("candidates", "generate prompts.txt --pipeline ./tiny.ts --count 8");
  await run(`score ${ids["candidates"]}`);
  await keep("pairs", `pair ${ids["candidates"]} --policy best-versus-worst --pairs-per-prompt 2`);
  await keep("evaluation", "evaluate scenes-base --per-task 1 --pipeline ./tiny.ts");
  await keep("other", "evaluate scenes-base --per-task 1 --verifier orm --n 2 --pipeline ./tiny.ts");
  if (trained) await train(run, keep, ids);
  const [candidate] = await column(sandbox, "SELECT id FROM candidates ORDER BY id");
  const [pair] = await column(sandbox, "SELECT id FROM pairs ORDER BY id");
  const [prompt] = await column(sandbox, "SELECT prompt_id AS id FROM candidates ORDER BY id");
  Object.assign(ids, { candidate, pair, prompt });
  return { sandbox, ids, exports: await exported(sandbox, ids["pairs"] as string, trained) };
}

async function train(
  run: (line: string) => Promise<unknown>,
  keep: (name: string, line: string) => Promise<void>,
  ids: Record<string, string>,
): Promise<void> {
  const stage = (await run(`train ${ids["pairs"]} --steps 2 --batch-pairs 2 --pipeline ./tiny.ts`)) as {
    readonly id: string;
    readonly summary?: { readonly checkpoint: string };
    readonly checkpoint?: string;
  };
  ids["training"] = stage.id;
  ids["checkpoint"] = stage.checkpoint ?? stage.summary?.checkpoint ?? "";
  await keep("trainedEvaluation", `evaluate ${ids["checkpoint"]} --per-task 1 --pipeline ./tiny.ts`);
  const data = await run("judge data --per-task 2 --held-out-per-task 1 --pipeline ./tiny.ts");
  const { samples, heldOut } = data as { samples: { id: string }; heldOut: { id: string } };
  Object.assign(ids, { samples: samples.id, states: heldOut.id });
  await run("run ./tiny.ts");
}

async function exported(sandbox: Sandbox, pairs: string, all: boolean) {
  mkdirSync(join(sandbox.here, "exports"));
  const found: Partial<Record<FormatName, string>> = {};
  for (const format of all ? FORMAT_NAMES : (["jsonl", "parquet"] as const)) {
    const { container } = FORMAT_FACTS[format];
    const out = `exports/${format}${container === "folder" ? "" : container}`;
    await made(sandbox, `export ${pairs} --format ${format} --out ${out}`);
    found[format] = out;
  }
  return found;
}

/** What a command that must work says with --json. */
export async function made(sandbox: Sandbox, line: string): Promise<unknown> {
  const { code, out, errors } = await runCommand([...line.split(" "), "--json"], { sandbox, limit: 900 });
  if (code !== 0)
    throw new Error(`The trial's own material cannot be made: espalier ${line}\n${out}${errors}`);
  return JSON.parse(out);
}

async function column(sandbox: Sandbox, query: string): Promise<string[]> {
  const words = ["sql", query, "--json", "--limit", "1"];
  const { out } = await runCommand(words, { sandbox, limit: 600 });
  return (JSON.parse(out) as { rows: { id: string }[] }).rows.map(({ id }) => id);
}

/** A sandbox of its own with a copy of all of it. */
export function copyOf({ sandbox }: Pick<Material, "sandbox">, cache: string): Sandbox {
  const copy = openSandbox(cache);
  for (const name of readdirSync(sandbox.here)) {
    cpSync(join(sandbox.here, name), join(copy.here, name), { recursive: true });
  }
  return copy;
}
