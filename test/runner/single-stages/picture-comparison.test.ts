import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ConfigError, StoreError } from "../../../src/errors.js";
import { exportImages } from "../../../src/runner/inspection/export-images.js";
import { compareStored } from "../../../src/runner/reports/compare-stored.js";
import { evaluateSource } from "../../../src/runner/single-stages/single-stages.js";
import { type MadePicture, makePictures } from "../../fixtures/pictures.js";
import { tinyFamily } from "../tiny-run.js";
import { bytesJudge, pictureWorkspace, scoreOf } from "./picture-workspace.js";

let made: readonly MadePicture[];

beforeAll(async () => {
  made = (await makePictures()).slice(0, 30);
});

const ASKED = { file: null, by: "judge", label: null } as const;
const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

/** What the judge says of a picture, less `less`. */
function harsher(less: number) {
  const judge = bytesJudge();
  return tinyFamily({
    openJudge: async () => ({
      ...judge,
      identity: `harsher-${less}`,
      ask: async (question, items) =>
        (await judge.ask(question, items)).map((verdict) =>
          verdict.kind === "scored" ? { kind: "scored", score: Math.max(0, verdict.score - less) } : verdict,
        ),
    }),
  });
}

test("two sources on the same prompts: their difference, its interval and p-value, and the pictures that changed", async () => {
  const { bring, options } = await pictureWorkspace(made);
  await bring("one");
  await bring("two");
  const one = await evaluateSource({ ...ASKED, source: "one" }, options);
  const scores = made.map(({ sha256 }) => scoreOf(sha256));
  expect(one.summary).toMatchObject({ images: 30, failedVerdicts: 0 });
  expect(one.summary?.["overall"]).toBeCloseTo(mean(scores), 10);
  const two = await evaluateSource({ ...ASKED, source: "two" }, { ...options, family: harsher(0.25) });
  const laidOut = await exportImages(
    { evaluation: one.id, folder: join(options.workspace, "..", "out"), prompts: null },
    options,
  );
  expect(laidOut).toMatchObject({ prompts: 3, images: 30, kept: 0 });
  const again = await readdir(join(laidOut.folder, "00000", "samples"));
  expect(again).toHaveLength(10);
  const { comparison, table, page } = await compareStored([one.id, two.id], options);
  const [pair] = comparison.comparisons;
  const lower = scores.map((score) => Math.max(0, score - 0.25));
  expect(pair?.delta).toBeCloseTo(mean(lower) - mean(scores), 10);
  expect(pair?.ci[1]).toBeLessThan(0);
  expect(pair?.p).toBeLessThan(0.3);
  expect(pair).toMatchObject({
    wins: 0,
    losses: scores.filter((score) => score >= 0.5 && score < 0.75).length,
  });
  expect(table).toContain("turned");
  const html = readFileSync(page as string, "utf8");
  expect(html.match(/src="data:image\/jpeg;base64,/g)?.length).toBe(2 * (pair?.losses ?? 0));
  expect(html).toContain("Pictures are scored by a judge");
  expect(html).toContain("one");
});

test("only what all sources have is compared, and the rest is said", async () => {
  const first = await pictureWorkspace(made.slice(0, 20));
  await first.bring("one");
  const one = await evaluateSource({ ...ASKED, source: "one" }, first.options);
  const more = await pictureWorkspace(made);
  const options = { ...first.options, family: tinyFamily({ openJudge: async () => bytesJudge() }) };
  const { importPicturesFrom } = await import("../../../src/runner/single-stages/import-pictures.js");
  await importPicturesFrom({ place: more.place, from: "two", format: null, copy: false }, options);
  const two = await evaluateSource({ ...ASKED, source: "two" }, options);
  const { comparison, table } = await compareStored([one.id, two.id], options);
  expect(comparison.rows.map(({ images }) => images)).toEqual([20, 20]);
  expect(table).toContain("10 of the 30 pictures of two have no other to be compared with.");
});

test("an evaluation says what it lacks", async () => {
  const { bring, options } = await pictureWorkspace(made.slice(0, 3));
  await bring("one");
  const detected = evaluateSource({ ...ASKED, source: "one", by: "detector" }, options);
  await expect(detected).rejects.toThrow(
    /cannot be checked by a detector: expected GenEval metadata .* --judge/,
  );
  const noPrompt = `${options.workspace}/../none.txt`;
  const { writeFileSync } = await import("node:fs");
  writeFileSync(noPrompt, "a prompt that nobody drew\n");
  const none = evaluateSource({ ...ASKED, source: "one", file: noPrompt }, options);
  await expect(none).rejects.toThrow(StoreError);
  const one = await evaluateSource({ ...ASKED, source: "one" }, options);
  await expect(compareStored([one.id], options)).rejects.toThrow(ConfigError);
});
