import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolder } from "../adapters/make-folder.js";
import { ConfigError } from "../errors.js";

/**
 * Writes pipeline.ts and prompts.txt into `folder` and returns their paths, the pipeline first. The pipeline is an ES
 * module: where nothing says so yet, a package.json beside it does, or its name (pipeline.mts) if there is one already.
 * Throws ConfigError rather than overwrite anything.
 */
export function writeStarter(folder: string): string[] {
  const isSaid = isOfModules(resolve(folder));
  const isDescribed = existsSync(join(folder, "package.json"));
  const name = isSaid || !isDescribed ? "pipeline.ts" : "pipeline.mts";
  const files = [
    { path: join(folder, name), content: PIPELINE.replace("NAME", nameOf(resolve(folder))) },
    { path: join(folder, "prompts.txt"), content: PROMPTS },
    ...(isSaid || isDescribed ? [] : [{ path: join(folder, "package.json"), content: PACKAGE }]),
  ];
  for (const { path } of files) {
    if (!existsSync(path)) continue;
    throw new ConfigError(
      `${path} is there already and is not overwritten. Name another folder, or move it away.`,
    );
  }
  try {
    makeFolder(folder);
    for (const { path, content } of files) writeFileSync(path, content, { flag: "wx" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`Cannot write into ${folder}: ${reason}. Name a folder that can be written.`, {
      cause,
    });
  }
  return files.map(({ path }) => path);
}

/** Whether the nearest package.json says that files there are ES modules, as Node looks it up. */
function isOfModules(folder: string): boolean {
  const description = join(folder, "package.json");
  if (existsSync(description)) return /"type":\s*"module"/.test(readFileSync(description, "utf8"));
  return folder !== dirname(folder) && isOfModules(dirname(folder));
}

/** A run's name from a folder's: lower-case letters, digits and dashes. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name === "" ? "experiment" : name;
}

const PACKAGE = `{ "private": true, "type": "module" }\n`;

const PROMPTS = `a photo of a red star
a photo of a circle and a blue square
a photo of three stars
a photo of a green ring left of a triangle
a photo of a yellow cross and a purple diamond
`;

const PIPELINE = `import { fileURLToPath } from "node:url";
import { definePipeline } from "espalier";

// Whatever is not said here has a default; an unknown name is refused with the nearest known one.
export default definePipeline({
  // Names the run in the workspace and in its reports.
  name: "NAME",
  // Every random choice follows from it: the same seed gives the same candidates and pairs.
  seed: 1,

  prompts: {
    // Plain lines, or GenEval's JSONL. Leave this out for the prompts that come with the project.
    train: { file: fileURLToPath(new URL("prompts.txt", import.meta.url)) },
  },

  // What every round does.
  round: {
    // Training prompts of a round, and candidates sampled for each.
    prompts: 5,
    candidates: { perPrompt: 8 },
    // Which candidates become pairs: the best "yes" against the worst "no".
    mining: { policy: "best-versus-worst" },
    // The frozen model that DPO measures against: "base", "previous" or { fixed: CHECKPOINT }.
    reference: "previous",
    training: { steps: 20, batchPairs: 8, beta: 0.1, losses: { sigmoid: 1 } },
  },
  rounds: 1,

  evaluation: {
    // Held-out images of each task behind every row of the comparison; more make the intervals narrower.
    images: { perTask: 20 },
    rows: [
      { verifier: { kind: "none" } },
      // The judge's favourite of 8 candidates, for the base and for the last round.
      { verifier: { kind: "orm", n: 8 }, checkpoints: "first-and-last" },
    ],
  },
});
`;
