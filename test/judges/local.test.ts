import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, expect, test } from "vitest";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { freezeJudge, type JudgeConfig } from "../../src/config/schema/judges.js";
import { judgeIdentity } from "../../src/judges/identity.js";
import { openJudge } from "../../src/judges/open-judge.js";
import { loadPipeline } from "../../src/runner/pipelines/load-pipeline.js";
import { item, memory } from "./judge-fixtures.js";

const folder = mkdtempSync(join(tmpdir(), "espalier-local-judge-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FUNCTION = `
def light(images, prompts):
    print("looking")
    if "fault" in prompts:
        raise ValueError("no such thing")
    return [None if prompt == "dark" else image.getpixel((0, 0))[0] / 255 for image, prompt in zip(images, prompts)]
`;

function config(settings: object) {
  return freezeJudge(settings, "own", "the test");
}

test("a function in Python scores batches of pictures, and what it throws fails the batch alone", async () => {
  writeFileSync(join(folder, "mine.py"), FUNCTION);
  const settings = config({ kind: "python", function: "mine:light", folder, batch: 2 });
  const judge = await openJudge(settings, { answers: memory() });
  const verdicts = await judge.ask("outcome", [
    item(0),
    item(51, "dark"),
    item(9, "fault"),
    item(8),
    item(255),
  ]);
  await judge.close();
  const failed = (reason: string) => ({ kind: "failed", reason });
  expect(verdicts).toEqual([
    { kind: "scored", score: 0 },
    failed("expected a number from 0 to 1, got null"),
    failed("ValueError: no such thing"),
    failed("ValueError: no such thing"),
    { kind: "scored", score: 1 },
  ]);
  const before = judgeIdentity(settings);
  writeFileSync(join(folder, "mine.py"), `${FUNCTION}\n# changed\n`);
  expect(judgeIdentity(settings)).not.toBe(before);
  const absent = await openJudge(config({ kind: "python", function: "nowhere:light", folder }), {
    answers: memory(),
  });
  await expect(absent.ask("outcome", [item(1)])).rejects.toThrow(/No module named 'nowhere'/);
});

test("an object of a TypeScript file is a judge, and what is none is refused", async () => {
  const file = join(folder, "mine.mts");
  writeFileSync(
    file,
    `export default { identity: "mine", questions: ["outcome"], batch: 4,
      ask: async (_question: string, items: unknown[]) => items.map(() => ({ kind: "scored", score: 0.25 })), close: async () => {} };`,
  );
  const judge = await openJudge(config({ kind: "typescript", file }), { answers: memory() });
  expect(await judge.ask("outcome", [item(1)])).toEqual([{ kind: "scored", score: 0.25 }]);
  const inside = join(folder, "pipeline.mts");
  writeFileSync(
    inside,
    `class Light { identity = "light"; questions = ["outcome"]; batch = 4; #score = 0.75;
      async ask(_question: string, items: unknown[]) { return items.map(() => ({ kind: "scored", score: this.#score })); }
      async compare(items: unknown[]) { return items.map(() => ({ kind: "compared", first: this.#score })); }
      async close() {} }
    export const light = new Light();
    export default { name: "own", judges: [{ name: "light", kind: "typescript", file: import.meta.filename ?? import.meta.url.slice(7), export: "light" }],
      models: { judge: "light" } };`,
  );
  const { config: own } = await loadPipeline(inside);
  const light = await openJudge(own.judges[0] as JudgeConfig, { answers: memory() });
  expect(await light.ask("outcome", [item(1)])).toEqual([{ kind: "scored", score: 0.75 }]);
  expect(await light.compare?.([{ ...item(1), first: item(1).image, second: item(2).image }])).toEqual([
    { kind: "compared", first: 0.75 },
  ]);
  expect(light.identity).toBe(judgeIdentity(own.judges[0] as JudgeConfig));
  const odd = join(folder, "odd.mts");
  writeFileSync(odd, "export default { identity: 1 };");
  const opened = openJudge(config({ kind: "typescript", file: odd }), { answers: memory() });
  await expect(opened).rejects.toThrow(/to export a judge by default/);
});

test("any vision-language model of transformers is asked in words, and not twice", async () => {
  const model = join(folder, "tiny");
  await execa(pythonCommand(), ["python/tests/tiny_talker.py", model], { env: { PYTHONPATH: "python" } });
  const answers = memory();
  const settings = config({ kind: "transformers", model, device: "cpu", leastMass: 0, topLogprobs: 400 });
  const judge = await openJudge(settings, { answers });
  const [one, other] = await judge.ask("outcome", [item(10), item(200)]);
  const [compared] =
    (await judge.compare?.([{ ...item(1), first: item(10).image, second: item(200).image }])) ?? [];
  await judge.close();
  const scored = { kind: "scored", score: expect.any(Number) as number };
  expect([one, other]).toEqual([scored, scored]);
  expect(one).not.toEqual(other);
  expect(compared).toMatchObject({ kind: "compared" });
  expect(answers.spent("")).toMatchObject({ answers: 3, calls: 0 });
  const again = await openJudge(settings, { answers });
  expect(await again.ask("outcome", [item(10), item(200)])).toEqual([one, other]);
}, 120_000);
