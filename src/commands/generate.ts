import { MOST } from "../config/limits.js";
import type { ForksConfig } from "../config/schema/forks.js";
import type { SearchVerifier } from "../config/schema/verifier.js";
import { ConfigError } from "../errors.js";
import { firstOf } from "../records/some-of.js";
import type { StageSessionOptions } from "../runner/single-stages/stage-session.js";
import { CHECKPOINT_REFERENCE, defineCommand, number, type Report, text, toggle } from "./command.js";
import { stageReport } from "./stage-report.js";
import { ROUND_FLAG, STAGE_FLAGS, stageSettings } from "./stage-settings.js";
import { VERIFIER_FLAGS, verifierOf } from "./verifier-flags.js";

export const generate = defineCommand({
  name: "generate",
  summary: "sample candidates for a file of prompts",
  examples: [
    "espalier generate my-prompts.txt --count 8",
    "espalier generate data/prompts/train.jsonl --limit 60",
    "espalier generate my-prompts.txt --count 8 --fork-after 2,4",
    "espalier generate my-prompts.txt --verifier parm --n 20 --trace",
  ],
  positionals: [
    { name: "prompts", describe: "plain lines, GenEval's JSONL, CSV, TSV or a JSON list", required: true },
  ],
  flags: {
    count: number(
      "candidates of each prompt; with a verifier, images that it picks",
      { least: 1, most: MOST.promptImages },
      null,
    ),
    limit: number("prompts at most, spread evenly over the tasks", { least: 1, most: MOST.prompts }, null),
    forkAfter: text(
      "steps that candidates share, for pairs mined per-step; several take turns",
      "steps",
      null,
      { excludes: ["verifier"] },
    ),
    forkInto: number(
      "candidates that share the steps of one path",
      { least: 2, most: MOST.promptImages },
      null,
      { excludes: ["verifier"] },
    ),
    checkpoint: text(`what samples: ${CHECKPOINT_REFERENCE}`, "checkpoint", null),
    ...VERIFIER_FLAGS,
    judge: { ...VERIFIER_FLAGS.judge, requires: ["verifier"] },
    trace: toggle("draw which paths were cut at which step, and why", { requires: ["verifier"] }),
    ...STAGE_FLAGS,
    ...ROUND_FLAG,
  },
  resumable: true,
  async run([file = ""], flags, context) {
    const { options, round } = await stageSettings(flags, context, ["sampling"]);
    const verifier = await verifierOf(flags);
    const forks = await forksOf(flags, round.forks, options.config.sampler.steps);
    if (verifier.kind !== "none") return searchReport({ ...flags, file, verifier }, options);
    const stages = await import("../runner/single-stages/single-stages.js");
    const images = flags.count === null ? round.candidates : { perPrompt: flags.count };
    const stage = await stages.generate({ file, limit: flags.limit, images, forks }, options);
    return stageReport(stage, "score", stage.id);
  },
});

/** The flags over the pipeline's forks. Throws ConfigError for steps that a path does not have. */
async function forksOf(
  { forkAfter, forkInto }: { readonly forkAfter: string | null; readonly forkInto: number | null },
  known: ForksConfig,
  steps: number,
): Promise<ForksConfig> {
  if (forkAfter === null && known === null) {
    if (forkInto === null) return null;
    throw new ConfigError("--fork-into says into how many: say after which steps with --fork-after.");
  }
  const after = forkAfter?.split(",").map((step) => Number(step.trim() || Number.NaN)) ?? known?.after ?? [];
  const odd = after.some((step) => !Number.isInteger(step) || step < 1);
  const { forkFaults } = await import("../config/schema/forks.js");
  const forks = { each: forkInto ?? known?.each ?? 4, after };
  if (!odd && forkFaults([{ forks, mining: { policy: "" } }], steps).length === 0) return forks;
  throw new ConfigError(
    `Expected --fork-after to be whole numbers from 1 to ${steps - 1}, as "2" or "2,4", got "${forkAfter}".`,
  );
}

async function searchReport(
  flags: {
    readonly file: string;
    readonly limit: number | null;
    readonly count: number | null;
    readonly trace: boolean;
    readonly verifier: SearchVerifier;
  },
  options: StageSessionOptions,
): Promise<Report> {
  const { search, searchesOf } = await import("../runner/single-stages/search-images.js");
  const { stage, trace } = await search({ ...flags, perPrompt: flags.count ?? 1 }, options);
  const chosen = (stage.summary?.["chosen"] ?? []) as readonly string[];
  const searches = Number(stage.summary?.["searches"]);
  const said = stageReport(
    stage,
    ...(chosen[0] === undefined ? [] : ["show", chosen[0], "--out", "image.png"]),
  );
  const whole = searchesOf(stage.id, searches, options.workspace);
  const cut = chosen.length < searches ? `\n  chosen: ${firstOf(chosen.length, searches, whole)}` : "";
  const report = { ...said, text: `${said.text}${cut}` };
  if (trace === null) return report;
  return { ...report, data: { ...(report.data as object), trace }, text: `${report.text}\nTrace: ${trace}` };
}
