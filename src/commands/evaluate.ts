import type { StageRow } from "../adapters/store/index.js";
import { MOST } from "../config/limits.js";
import { ConfigError } from "../errors.js";
import type { StageSessionOptions } from "../runner/single-stages/stage-session.js";
import {
  CHECKPOINT_REFERENCE,
  type Context,
  defineCommand,
  number,
  type Report,
  text,
  toggle,
} from "./command.js";
import { prepare } from "./prepare.js";
import { stageReport } from "./stage-report.js";
import { STAGE_FLAGS, stageSettings } from "./stage-settings.js";
import { VERIFIER_FLAGS, verifierOf } from "./verifier-flags.js";

export const evaluate = defineCommand({
  name: "evaluate",
  summary: "score a checkpoint with GenEval's rules, or the pictures of a source by a judge",
  examples: [
    "espalier evaluate scenes-base --per-task 60",
    "espalier evaluate scenes-base --best-of 8",
    "espalier evaluate scenes-base --verifier zero-order --n 20",
    "espalier evaluate sdxl-turbo --judge judge.json",
  ],
  positionals: [{ name: "checkpoint", describe: CHECKPOINT_REFERENCE, required: true }],
  flags: {
    prompts: text("file with GenEval metadata; the pipeline's held-out prompts unless given", "file", null),
    limit: number("prompts at most, spread evenly over the tasks", { least: 1, most: MOST.prompts }, null),
    perTask: number("images of each task", { least: 1, most: MOST.stageImages }, null),
    bestOf: number(
      "candidates an image, of which the judge picks one",
      { least: 2, most: MOST.paths },
      null,
      { excludes: ["verifier", "n"] },
    ),
    ...VERIFIER_FLAGS,
    label: text("how tables name it", "name", null),
    allowLeaks: toggle("go on when its prompts ask for what training has seen, and say so"),
    ...STAGE_FLAGS,
  },
  resumable: true,
  async run([checkpoint = ""], flags, context) {
    const { isOutsideSource } = await import("../runner/inspection/outside-source.js");
    if (isOutsideSource(checkpoint, context.workspace)) return evaluatePictures(checkpoint, flags, context);
    const settings = await stageSettings({ ...flags, checkpoint }, context, ["sampling"]);
    const options = flags.allowLeaks ? reportingLeaks(settings.options) : settings.options;
    const { prompts, evaluation } = options.config;
    const stages = await import("../runner/single-stages/single-stages.js");
    const stage = await stages.evaluate(
      {
        file: flags.prompts ?? prompts.heldOut.file,
        limit: flags.limit,
        images: flags.perTask === null ? evaluation.images : { perTask: flags.perTask },
        verifier: await verifierOf(flags.bestOf === null ? flags : { verifier: "orm", n: flags.bestOf }),
        label: flags.label,
      },
      options,
    );
    return evaluationReport(stage, context.workspace);
  },
});

/** Scores with their intervals and what the images cost, and which other evaluation it can be compared with. */
async function evaluationReport(stage: StageRow, workspace: string): Promise<Report> {
  const [{ comparableWith }, { evaluationScores }, { evaluationText }] = await Promise.all([
    import("../runner/inspection/next-steps.js"),
    import("../runner/reports/evaluation-scores.js"),
    import("./evaluation-text.js"),
  ]);
  const found = await evaluationScores(stage, workspace);
  const other = comparableWith(stage, workspace);
  const next = other === undefined ? [] : ["compare", other, stage.id];
  const { data, text, ...report } = stageReport(stage, ...next);
  const how =
    other === undefined
      ? "To compare with: evaluate another checkpoint on the same prompts."
      : "Differences with intervals, and a page of the pictures that changed:";
  return {
    ...report,
    data: { ...(data as object), ...found },
    text: `${evaluationText(stage, found)}\n\n${how}`,
  };
}

/** Scores what a source from outside drew. Throws ConfigError where nobody is named who could. */
async function evaluatePictures(
  source: string,
  flags: {
    readonly pipeline: string | null;
    readonly judge: string | null;
    readonly prompts: string | null;
    readonly label: string | null;
  },
  context: Context,
): Promise<Report> {
  const { options } = await stageSettings({ pipeline: flags.pipeline, judge: flags.judge }, context);
  const { judges, models } = options.config;
  const isJudged = flags.judge !== null || judges.some(({ name }) => name === models.judge);
  if (!isJudged && models.family === "bundled") {
    throw new ConfigError(
      `Expected somebody who can look at the pictures of ${source}, got nobody. Name a judge of pictures, with --judge, or a pipeline whose family ` +
        "has a detector of photographs, with --pipeline show-o.",
    );
  }
  if (!isJudged) await prepare(models, ["sampling"], context);
  const stages = await import("../runner/single-stages/single-stages.js");
  const by = isJudged ? "judge" : "detector";
  const stage = await stages.evaluateSource({ source, file: flags.prompts, by, label: flags.label }, options);
  return evaluationReport(stage, context.workspace);
}

function reportingLeaks(options: StageSessionOptions): StageSessionOptions {
  const { config } = options;
  const leaks = { ...config.evaluation.leaks, rule: "report" as const };
  return { ...options, config: { ...config, evaluation: { ...config.evaluation, leaks } } };
}
