import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { JudgeTrainRequest } from "../../../src/adapters/python/index.js";
import { openStore } from "../../../src/adapters/store/index.js";
import type { PipelineInput } from "../../../src/config/freeze-config.js";
import { tokensOf } from "../../../src/decoding/grid-complaint.js";
import { ConfigError } from "../../../src/errors.js";
import { workspacePaths } from "../../../src/paths.js";
import type { Judge } from "../../../src/records/seams.js";
import { planPipeline } from "../../../src/runner/planning/plan-pipeline.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { MODELS, reading, tinyConfig, tinyFamily, tinyFolder, tinyOptions } from "../tiny-run.js";

const STRONGER = { by: "judge", judge: join(MODELS, "judge-of-all"), yesFrom: 0.5, noUpTo: 0.5 } as const;
const TUNED = ["judge-states", "judge-samples"];
const MEASURED = [
  "prompts-judge",
  "judge-candidates-held-out",
  "judge-labels-held-out",
  "judge-states-held-out",
];
const TRAINED = ["judge-report-before", "judge-training", "judge-report"];

/** Two rounds that both tune the judge by a stronger one, on random-weight models. */
function tuning(folder: string, more: Partial<PipelineInput> = {}, tune: object = {}) {
  const round = {
    prompts: 6,
    candidates: { perPrompt: 4 },
    labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 },
    judge: {
      tune: {
        ...{ labels: STRONGER, earlierSamples: 0.5, heldOut: { prompts: 3, perPrompt: 3 } },
        ...{ keepBetter: false, training: { steps: 2 }, ...tune },
      },
    },
    training: { steps: 2, batchPairs: 2 },
  };
  const rows = [{ verifier: { kind: "orm", n: 2 }, checkpoints: "all" }] as const;
  const evaluation = { images: { perPrompt: 1 }, resamples: 100, rows: [...rows] };
  const gate = { rule: "always-promote" };
  return tinyConfig(folder, { round, evaluation, gate, ...more } as Partial<PipelineInput>);
}

/** Judges by the weights in their folders, which answer from hashes of tokens and identity. */
async function judgeIn(folder: string): Promise<Judge> {
  const { identity } = record(folder);
  const score = (tokens: Uint16Array) =>
    createHash("sha256").update(identity).update(Buffer.from(tokens)).digest().readUInt32BE(0) / 2 ** 32;
  return {
    ...{ identity, questions: ["outcome"], batch: 16, close: async () => undefined },
    ask: async (_, items) => items.map(({ image }) => ({ kind: "scored", score: score(tokensOf(image)) })),
  };
}

/** The judge that it starts from under other weights, which follow from all that real training would follow from. */
async function retrained(request: JudgeTrainRequest) {
  const { start, samples, seed, steps, out } = request;
  const read = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
  const weights = JSON.stringify({
    start: record(start as string).identity,
    samples: samples.map(read),
    seed,
  });
  const identity = createHash("sha256").update(weights).digest("hex");
  if (!existsSync(out)) {
    const partial = `${out}.partial`;
    mkdirSync(partial, { recursive: true });
    cpSync(join(start as string, "judge.onnx"), join(partial, "judge.onnx"));
    writeFileSync(join(partial, "judge.safetensors"), weights);
    const old = record(start as string);
    const files = { ...old.files, "judge.safetensors": identity };
    const made = { ...old, name: basename(out), identity, files, parents: [old.identity] };
    writeFileSync(join(partial, "checkpoint.json"), JSON.stringify(made));
    renameSync(partial, out);
  }
  return { folder: out, identity, steps: steps ?? 0 };
}

function record(folder: string) {
  const read = JSON.parse(readFileSync(join(folder, "checkpoint.json"), "utf8"));
  return read as { identity: string; files: Record<string, string> };
}

const family = (more = {}) => tinyFamily({ openJudge: judgeIn, trainJudge: retrained, ...more });

function essence(folder: string) {
  return reading(folder, (store) => ({
    counts: store.counts(),
    stages: store.stages.list("tiny").map(({ id, name, progress }) => [id, name, progress]),
    manifests: store.rounds.list("tiny").map(({ manifest }) => manifest),
    summary: readFileSync(join(store.workspace.reports, "tiny", "summary.json"), "utf8"),
  }));
}

describe("a run whose rounds tune its judge", () => {
  const folder = tinyFolder();
  let moments = 0;
  beforeAll(async () => {
    const progress = new FakeProgress({ advance: () => (moments += 1) });
    const options = tinyOptions(folder, { family: family(), progress });
    const plan = await planPipeline(tuning(folder), options);
    await runPipeline(tuning(folder), options);
    // What was planned is what ran.
    const planned = plan.stages.filter(({ round }) => round > 0).map(({ round, name }) => `${round} ${name}`);
    const ran = reading(folder, (store) => store.stages.list("tiny")).filter(({ round }) => round > 0);
    expect(new Set(ran.map(({ round, name }) => `${round} ${name}`))).toEqual(new Set(planned));
  });

  const manifest = (round: number) =>
    JSON.parse(readFileSync(join(folder, `workspace/reports/tiny/round-${round}.json`), "utf8"));

  it("labels, learns, measures and then judges with what it learned", () => {
    const names = (round: number) => manifest(round).stages.map(({ name }: { name: string }) => name);
    const after = ["scores", "pairs", "training", "evaluation-best-of-2"];
    expect(names(1)).toEqual(
      ["prompts", "candidates", "judge-labels", ...TUNED, ...MEASURED, ...TRAINED].concat(after),
    );
    expect(names(2)).toEqual(
      ["prompts", "candidates", "judge-labels", ...TUNED, "judge-samples-earlier", ...MEASURED].concat(
        ...[TRAINED, after],
      ),
    );
    const [first, second] = [manifest(1).judge, manifest(2).judge];
    expect(first).toMatchObject({ before: manifest(1).inputs.judge, kept: true, labels: STRONGER });
    expect(second.before).toBe(first.tuned);
    expect(new Set([first.before, first.tuned, second.tuned]).size).toBe(3);
    expect(second.samples.earlier).toBeGreaterThan(0);
    expect(first.heldOut.before.auc).not.toBe(first.heldOut.after.auc);
  });

  it("names the judge in pairs, verdicts and searches of the round", () => {
    for (const round of [1, 2]) {
      const { tuned } = manifest(round).judge;
      const of = (name: string) =>
        manifest(round).stages.find((stage: { name: string }) => stage.name === name)?.inputs.judge;
      expect([of("scores"), of("pairs"), of("evaluation-best-of-2")]).toEqual([tuned, tuned, tuned]);
      expect(of("judge-labels")).toBe(record(STRONGER.judge).identity);
    }
    const plain = reading(folder, (store) => store.stages.list("tiny"));
    const base = plain.find(({ round, name }) => round === 0 && name === "evaluation-best-of-2");
    expect(base?.inputs["judge"]).toBe(manifest(0).inputs.judge);
    expect(new Set([1, 2].map((round) => manifest(round).stages.at(-1).inputs.judge)).size).toBe(2);
  });

  it("says before and after in table, summary and report", () => {
    const reports = join(folder, "workspace/reports/tiny");
    const table = readFileSync(join(reports, "comparison.txt"), "utf8");
    const said =
      /Round 1 tuned the judge judge to tiny-judge-\w+ on \d+ images labelled by .*judge-of-all: AUC within \d held-out/;
    expect(table).toMatch(said);
    const { rounds } = JSON.parse(readFileSync(join(reports, "summary.json"), "utf8"));
    expect(rounds[1].judge).toEqual(manifest(1).judge);
    expect(readFileSync(join(reports, "report.html"), "utf8")).toContain('<h2 id="judges">Judges</h2>');
  });

  it.each([0.3, 0.5])("stopped at %d of its way, it goes on to the same end", async (share) => {
    const controller = new AbortController();
    let reports = 0;
    const advance = () => {
      reports += 1;
      if (reports === Math.ceil(share * moments)) controller.abort(new Error("stopped by the test"));
    };
    const options = tinyOptions(tinyFolder(), { family: family() });
    const stopped = { ...options, progress: new FakeProgress({ advance }), signal: controller.signal };
    await expect(runPipeline(tuning(folder), stopped)).rejects.toThrow("stopped by the test");
    await runPipeline(tuning(folder), options);
    expect(essence(join(options.workspace, ".."))).toEqual(essence(folder));
  });

  it("leaves a judge that ranks worse where it is, when asked to keep the better", async () => {
    const lines = manifest(1).judge.heldOut;
    const isWorse = (lines.after.auc ?? 0) < (lines.before.auc ?? 0);
    const other = tinyFolder();
    await runPipeline(tuning(folder, { rounds: 1 }, { keepBetter: true }), {
      ...tinyOptions(other, { family: family() }),
    });
    const made = reading(other, (store) => store.rounds.find("tiny", 1)?.manifest) as ReturnType<
      typeof manifest
    >;
    expect(made.judge.kept).toBe(!isWorse);
    const pairs = made.stages.find(({ name }: { name: string }) => name === "pairs");
    expect(pairs.inputs.judge).toBe(isWorse ? made.judge.before : made.judge.tuned);
  });

  it("learns from what people said of earlier pairs", async () => {
    const other = tinyFolder();
    const options = tinyOptions(other, { family: family() });
    const [first, second] = [{ judge: { tune: null } }, { judge: { tune: { labels: { by: "reviews" } } } }];
    const config = (rounds: object[]) => tuning(folder, { rounds } as Partial<PipelineInput>);
    await runPipeline(config([first]), options);
    await expect(runPipeline(config([first, second]), options)).rejects.toThrow(
      /decided none.*espalier review \w+/,
    );
    reviewAll(options.workspace);
    await runPipeline(config([first, second]), options);
    const made = reading(other, (store) => store.rounds.find("tiny", 2)?.manifest) as ReturnType<
      typeof manifest
    >;
    expect(made.judge).toMatchObject({ labels: { by: "reviews" }, samples: { earlier: 0 } });
    expect(made.judge.samples.own).toBeGreaterThan(1);
  });
});

/** One person who always prefers the chosen image. */
function reviewAll(workspace: string): void {
  const store = openStore(workspacePaths(workspace), { lease: "never" });
  const pairs = store.stages.list("tiny").find(({ name }) => name === "pairs");
  for (const { chosenId, rejectedId } of store.pairs.iterate(pairs?.id ?? "")) {
    const images = { leftId: chosenId, rightId: rejectedId };
    store.reviews.answer({ stageId: pairs?.id ?? "", reviewer: "ada", ...images, answer: "left" });
  }
  store.close();
}

describe("tunings that cannot be", () => {
  it("are refused with what they lack", async () => {
    const folder = tinyFolder();
    const models = { base: "generator", tokenizer: "tokenizer", judge: null };
    expect(() => tuning(folder, { models })).toThrow(/rounds\[0\]\.judge\.tune.*models\.judge" is null/);
    const people = { labels: { by: "reviews" } };
    expect(() => tuning(folder, {}, people)).toThrow(/rounds\[0\]\.judge\.tune\.labels.*no earlier pairs/);
    const refusing = family({
      refuseTuning: () => {
        throw new ConfigError("a reward model");
      },
    });
    const running = runPipeline(tuning(folder), tinyOptions(folder, { family: refusing }));
    await expect(running).rejects.toThrow("a reward model");
    expect(existsSync(join(folder, "workspace/arrow"))).toBe(false);
  });
});
