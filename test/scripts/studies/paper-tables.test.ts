import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { PAPER_ROWS } from "../../../pipelines/paper/rows.js";
import type { orderingsOf } from "../../../scripts/studies/paper-tables/orderings.js";
import { partsOf, quickly, runStudy, type Study } from "../../../scripts/studies/paper-tables/study.js";
import type { TableRow } from "../../../scripts/studies/paper-tables/table.js";
import { writeResults } from "../../../scripts/studies/paper-tables/write.js";
import { openStore } from "../../../src/adapters/store/index.js";
import type { RunConfig } from "../../../src/config/freeze-config.js";
import type { Family } from "../../../src/families/family.js";
import { workspacePaths } from "../../../src/paths.js";
import { HOME } from "../../../src/runner/locate-file.js";
import { loadPipeline } from "../../../src/runner/pipelines/load-pipeline.js";
import { planPipeline } from "../../../src/runner/planning/plan-pipeline.js";
import type { RunOptions } from "../../../src/runner/run/run-options.js";
import { FakeJudge, scoreByHash } from "../../../src/testing.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { gradedFamily } from "../../runner/graded-family.js";
import { MODELS, reading, tinyFolder, tinyOptions } from "../../runner/tiny-run.js";

const load = async (name: string) => (await loadPipeline(name, join(HOME, "pipelines"))).config;

async function loadStudy(): Promise<Study> {
  return {
    alignments: await load("paper-alignments"),
    tables: await load("paper-tables"),
    curves: await load("paper-curves"),
  };
}

describe("the pipelines of the tables", () => {
  it("have the paper's 15 rows, the five of self-correction, and the searches", () => {
    const names = PAPER_ROWS.map(({ verifier, alignment, guidance }) => [verifier, alignment, guidance]);
    expect(new Set(names.map(String)).size).toBe(25);
    expect(PAPER_ROWS.slice(0, 15).map(({ paper }) => paper)).toEqual([
      ...[0.53, 0.61, 0.63, 0.53, 0.55, 0.67, 0.62, 0.65, 0.7, 0.72, 0.74, 0.67, 0.69, 0.75, 0.77],
    ]);
    const corrected = PAPER_ROWS.filter(({ alignment }) => alignment === "self-correction fine-tuning");
    expect(corrected.map(({ paper }) => paper)).toEqual([0.51, 0.58, 0.64, 0.61, 0.7]);
    expect(PAPER_ROWS.slice(20).map(({ verifier }) => verifier)).toEqual([
      ...["random search", "zero-order search", "search over paths", "ensemble by rank", "ensemble by mean"],
    ]);
  });

  it("measure every row on at least 1,000 images, of the same prompts and seeds", async () => {
    const { alignments, tables, curves } = await loadStudy();
    const { stages } = await planPipeline(tables, { workspace: join(HOME, "nowhere") });
    const rows = stages.filter(({ name }) => name.startsWith("evaluation-"));
    expect(rows).toHaveLength(25);
    for (const { what } of rows) expect(what).toMatch(/ on 1020 images$/);
    expect(alignments.evaluation.images).toEqual(tables.evaluation.images);
    // Half of the images of each task: the same ones, as fewer are the first of more.
    expect(curves.evaluation.images).toEqual({ perTask: 85 });
    expect([alignments.seed, curves.seed]).toEqual([tables.seed, tables.seed]);
  });
});

describe("a small study with known generators", () => {
  const folder = tinyFolder();
  let study: Study;
  let options: RunOptions;
  const noWrite = async () => undefined;
  const results = (out: string) =>
    JSON.parse(readFileSync(join(out, "paper-tables.json"), "utf8")) as {
      readonly rows: readonly TableRow[];
      readonly not_yet_run: readonly unknown[];
      readonly orderings: ReturnType<typeof orderingsOf>;
      readonly curves: readonly {
        readonly verifier: string;
        readonly alignment: string;
        readonly n: number;
      }[];
    };
  const write = async (out: string) => {
    const store = openStore(workspacePaths(options.workspace), { readOnly: true });
    await writeResults(store, study, { out: join(folder, out), quick: true });
    store.close();
  };

  beforeAll(async () => {
    const models = join(folder, "models");
    for (const [name, fixture] of Object.entries({
      "scenes-base": "generator",
      "scenes-tokenizer": "tokenizer",
      "scenes-self-correct": "corrector",
      "scenes-judge-zero-shot": "judge",
      "scenes-judge-fine-tuned": "judge-of-all",
    })) {
      cpSync(join(MODELS, fixture), join(models, name), { recursive: true });
    }
    const family = gradedFamily([0.3, 0.5, 0.6, 0.7, 0.8], {
      openJudge: async () => new FakeJudge(scoreByHash),
    });
    options = tinyOptions(folder, { family, models });
    const small = quickly(await loadStudy());
    // What FakeSampler draws with.
    const sampled = (config: RunConfig) => ({
      ...config,
      sampler: { steps: 4, guidanceScale: 2, temperature: 1, slots: 4 },
    });
    study = {
      alignments: sampled(small.alignments),
      tables: sampled(small.tables),
      curves: sampled(small.curves),
    };
  });

  it("is stopped in the middle, says what is not yet run, and goes on", async () => {
    const stopping = new AbortController();
    const note = (line: string) => {
      if (line.includes("alignments")) stopping.abort(new Error("stopped"));
    };
    const progress = new FakeProgress({ note });
    const stopped = runStudy(partsOf(study), { ...options, progress, signal: stopping.signal }, noWrite);
    await expect(stopped).rejects.toThrow("stopped");
    await write("half");
    const half = results(join(folder, "half"));
    expect(half.rows).toHaveLength(11);
    expect(half.not_yet_run).toHaveLength(14);
    expect(half.orderings.filter(({ outcome }) => outcome === "not yet run").length).toBeGreaterThan(4);
    const page = readFileSync(join(folder, "half/paper-tables.md"), "utf8");
    expect(page).toContain("**Partial: 14 rows are not yet run.**");
    expect(page).toContain("- PARM on iterative DPO guided by PARM");
    await runStudy(partsOf(study), options, noWrite);
  });

  it("ends in a line for each configuration, with its costs and its difference to the baseline", async () => {
    await write("whole");
    const { rows, not_yet_run } = results(join(folder, "whole"));
    expect(not_yet_run).toEqual([]);
    expect(rows.map(({ verifier, alignment, guidance }) => [verifier, alignment, guidance])).toEqual(
      PAPER_ROWS.map(({ verifier, alignment, guidance }) => [
        verifier.replace(" without reflection", ""),
        alignment,
        guidance,
      ]),
    );
    const [baseline] = rows;
    expect(Object.keys(baseline ?? {})).toEqual([
      ...["verifier", "alignment", "guidance", "reflection", "overall", "ci", "tasks", "images"],
      ...["nfe", "judge_calls", "seconds", "delta", "p"],
    ]);
    expect(baseline).toMatchObject({ images: 12, nfe: 8, judge_calls: 0, delta: 0, p: 1 });
    for (const { overall, delta } of rows) expect(delta).toBeCloseTo(overall - (baseline?.overall ?? 0), 3);
    const nfe = (verifier: string) => rows.find((row) => row.verifier === verifier)?.nfe as number;
    // Three candidates of four steps with guidance; PARM cuts some of its paths.
    expect(nfe("ORM fine-tuned")).toBe(24);
    expect(nfe("PARM")).toBeLessThan(24);
  });

  it("draws a curve of every verifier on each generator, from N = 1 on", async () => {
    await write("whole");
    const { curves } = results(join(folder, "whole"));
    const of = (verifier: string, alignment: string) =>
      curves.filter((one) => one.verifier === verifier && one.alignment === alignment).map(({ n }) => n);
    expect(of("PARM", "iterative DPO")).toEqual([1, 2, 4, 8, 16, 20]);
    expect(of("PRM fine-tuned", "none")).toEqual([1, 4, 8, 20]);
    const svg = readFileSync(join(folder, "whole/paper-curves-iterative-dpo.svg"), "utf8");
    expect(svg).toMatch(/^<svg [^>]*><style>/);
    expect(svg).toContain("search over paths");
    expect(existsSync(join(folder, "whole/paper-curves-base.svg"))).toBe(true);
  });

  it("does nothing when it is run again", async () => {
    const before = reading(folder, (store) => store.counts());
    const openSampler = () => Promise.reject(new Error("nothing should be sampled"));
    const family = { ...(options.family as Family), openSampler };
    await runStudy(partsOf(study), { ...options, family }, noWrite);
    expect(reading(folder, (store) => store.counts())).toEqual(before);
  });

  it("shares the candidates of an image among the rows that only choose", () => {
    const choosing = reading(folder, (store) => {
      const stages = store.stages
        .list(study.tables.name)
        .filter(({ name }) => /orm|ensemble|random/.test(name));
      return stages.map(({ id }) => store.searches.costs(id));
    });
    expect(choosing).toHaveLength(9);
    // The pool of each generator is sampled once: base, two aligned ones and the self-correcting one.
    expect(choosing.filter(({ sampledNfe }) => sampledNfe > 0)).toHaveLength(4);
  });
});
