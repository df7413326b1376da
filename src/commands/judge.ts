import type { StageRow } from "../adapters/store/index.js";
import { FORMAT_NAMES } from "../config/formats.js";
import { MOST } from "../config/limits.js";
import type { JudgeTrainingConfig } from "../config/schema/judge-training.js";
import { ConfigError } from "../errors.js";
import { TASKS, type Task } from "../records/prompt.js";
import type { JudgeData } from "../runner/single-stages/judge-stages.js";
import {
  defineCommand,
  type Flag,
  JUDGE_REFERENCE,
  number,
  oneOf,
  type Report,
  text,
  toggle,
} from "./command.js";
import { auditReport } from "./judge-audit.js";
import { thresholdsReport } from "./judge-thresholds.js";
import { stageReport } from "./stage-report.js";
import { STAGE_FLAGS, stageSettings } from "./stage-settings.js";

const DATA = { requires: ["what=data"] };
const TRAIN = { requires: ["what=train"] };
const AUDIT = { requires: ["what=audit"] };
const THRESHOLDS = { requires: ["what=thresholds"] };

const tasks: Flag<readonly Task[]> = {
  describe: "data: tasks that get twice as many paths, with commas between",
  takes: "tasks",
  initial: ["position", "counting"],
  ...DATA,
  parse: (typed, flag) =>
    typed.split(",").map((name) => {
      const task = TASKS.find((known) => known === name.trim());
      if (task !== undefined) return task;
      throw new ConfigError(`Expected ${flag} to list tasks of ${TASKS.join(", ")}, got "${name}".`);
    }),
};

export const judge = defineCommand({
  name: "judge",
  summary:
    "make the data of a reward model, train it, report how good it is; audit any judge by what people said; find PARM's thresholds for it",
  examples: [
    "espalier judge data --per-task 400",
    "espalier judge train 77ab02 --start scenes-judge-fine-tuned --steps 2000",
    "espalier judge report 9c3e11 --judge JUDGE",
    "espalier judge audit eyes.json 77ab02",
    "espalier judge audit eyes.json pick-a-pic.parquet --limit 500 --against scores.json",
    "espalier judge thresholds eyes.json --images 8 --n 8 --plan",
  ],
  positionals: [
    { name: "what", describe: "data, train, report, audit or thresholds", required: true },
    {
      name: "ids",
      describe:
        "stages: samples to train on, held-out states to report on; to audit: the judge, and reviewed pairs or a file of what people said; for thresholds: the judge",
      required: false,
      many: true,
    },
  ],
  flags: {
    prompts: text("data: prompts to learn from", "file", "data/prompts/train.jsonl", DATA),
    heldOut: text(
      "prompts to report on; thresholds: of which those for validation decide",
      "file",
      "data/prompts/held-out.jsonl",
      { requires: ["what=data|thresholds"] },
    ),
    perTask: number("data: paths of each task", { least: 1, most: MOST.stageImages }, 400, DATA),
    heldOutPerTask: number(
      "data: paths of each task to report on",
      { least: 1, most: MOST.stageImages },
      80,
      DATA,
    ),
    doubled: tasks,
    completions: number("data: ends tried from a state", { least: 1, most: MOST.promptImages }, 4, DATA),
    completedStates: number(
      "data: states of a path from which they are",
      { least: 0, most: MOST.decodingSteps },
      1,
      DATA,
    ),
    temperature: number(
      "data: of re-masking; in use it is 2",
      { least: 0, most: MOST.strength, whole: false },
      3,
      DATA,
    ),
    start: text("train: a judge to go on from", "checkpoint", null, TRAIN),
    steps: number("train: optimizer steps", { least: 1, most: MOST.optimizerSteps }, 1000, TRAIN),
    batch: number("train: samples an optimizer step", { least: 1, most: MOST.batch }, 96, TRAIN),
    learningRate: number(
      "train: peak of the cosine schedule",
      { least: 1e-12, most: MOST.strength, whole: false },
      1e-3,
      TRAIN,
    ),
    threads: number("train: CPU threads", { least: 1, most: MOST.threads }, null, TRAIN),
    judge: text("report: which judge; a name, id or folder", "checkpoint", null, {
      requires: ["what=report"],
    }),
    format: oneOf(
      "audit: which layout the file has; unless given, the one it shows",
      FORMAT_NAMES,
      null,
      AUDIT,
    ),
    rating: text("audit: the column of people's ratings", "column", null, AUDIT),
    against: text(`audit: another judge to compare with: ${JUDGE_REFERENCE}`, "judge", null, AUDIT),
    images: number("thresholds: images of each task", { least: 1, most: MOST.stageImages }, 24, THRESHOLDS),
    n: number("thresholds: paths an image", { least: 2, most: MOST.paths }, 20, THRESHOLDS),
    by: oneOf(
      "thresholds: who says how good finished images are",
      ["detector", "judge"],
      "detector",
      THRESHOLDS,
    ),
    giveUp: number(
      "thresholds: of best-of-N's score, at most",
      { least: 0, most: 1, whole: false },
      0.02,
      THRESHOLDS,
    ),
    plan: toggle("thresholds: say how many calls of the judge it would take, and ask nothing", THRESHOLDS),
    limit: number("audit: pairs or pictures at most", { least: 1, most: MOST.pairs }, 2000, AUDIT),
    checkpoint: text(
      "the generator that samples and lends its trunk: a name, id or folder",
      "checkpoint",
      null,
      { requires: ["what=data|train|thresholds"] },
    ),
    ...STAGE_FLAGS,
  },
  resumable: true,
  async run([what = "", ...ids], flags, context) {
    if (what === "audit") return auditReport(ids, flags, context);
    if (what === "thresholds") return thresholdsReport(ids, flags, context);
    const { options } = await stageSettings(flags, context, ["training"]);
    const stages = await import("../runner/single-stages/judge-stages.js");
    if (what === "data" && ids.length === 0) {
      const { prompts: file, heldOut: heldOutFile, ...rest } = flags;
      return dataReport(await stages.judgeData({ ...rest, file, heldOutFile }, options));
    }
    if (what === "train" && ids.length > 0) {
      const training = await trainingOf(flags);
      const stage = await stages.trainJudge({ samples: ids, start: flags.start, training }, options);
      return judgeReport(stage, context.workspace);
    }
    const [states, ...others] = ids;
    if (what === "report" && states !== undefined && others.length === 0) {
      const { stage, judge: name, quality, table, file } = await stages.reportJudge(states, options);
      const text = `${name}, on the states of ${states}\n\n${table}\n\nAs a page: ${file}`;
      return { data: { id: stage.id, judge: name, ...quality, file }, text };
    }
    throw new ConfigError(
      `Expected "espalier judge data", "espalier judge train SAMPLES...", "espalier judge report STATES", ` +
        `"espalier judge audit JUDGE SET" or "espalier judge thresholds JUDGE", got "espalier judge ${[what, ...ids].join(" ")}".`,
    );
  },
});

async function trainingOf(flags: {
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly threads: number | null;
}): Promise<JudgeTrainingConfig> {
  const { steps, batch, learningRate, threads } = flags;
  const { judgeTrainingSchema } = await import("../config/schema/judge-training.js");
  return judgeTrainingSchema.parse({ steps, batch, learningRate, threads });
}

/** What was trained, and how to measure it: on states that were kept for that, where there are some. */
async function judgeReport(stage: StageRow, workspace: string): Promise<Report> {
  const { heldOutStates } = await import("../runner/inspection/next-steps.js");
  const states = heldOutStates(workspace);
  if (states === undefined) return stageReport(stage, "judge", "data");
  return stageReport(stage, "judge", "report", states, "--judge", String(stage.summary?.["checkpoint"]));
}

function dataReport({ samples, corrections, heldOut }: JudgeData): Report {
  const reports = [samples, corrections, heldOut].map((stage) => stageReport(stage));
  return {
    data: { samples: reports[0]?.data, corrections: reports[1]?.data, heldOut: reports[2]?.data },
    text: reports.map(({ text: lines }) => lines).join("\n"),
    next: [["judge", "train", samples.id]],
  };
}
