import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { decodePng } from "../../src/adapters/images/index.js";
import { openStore } from "../../src/adapters/store/index.js";
import { workspacePaths } from "../../src/paths.js";
import { runLine } from "./surroundings.js";

const folder = mkdtempSync(join(tmpdir(), "espalier-per-step-"));
afterAll(() => rmSync(folder, { recursive: true }));
const prompts = join(folder, "prompts.txt");
const texts = [
  "a circle and a square",
  "a star and a cross",
  "a ring and a heart",
  "two stars",
  "a heart and a star",
];
writeFileSync(prompts, `${texts.join("\n")}\n`);
const workspace = join(folder, "workspace");

async function done(line: string): Promise<{ id: string; summary: Record<string, unknown> }> {
  const { code, out, errors } = await runLine(`${line} --workspace ${workspace} --json`);
  expect(errors).toBe("");
  expect(code).toBe(0);
  return JSON.parse(out);
}

test("candidates that share their first steps are sampled, scored and paired from the command line", {
  timeout: 120_000,
}, async () => {
  const { id } = await done(`generate ${prompts} --count 6 --fork-after 1,2 --fork-into 3`);
  await done(`score ${id} --by detector`);
  const { id: pairs, summary } = await done(
    `pair ${id} --by detector --policy per-step --pairs-per-prompt 2`,
  );
  expect(summary["pairs"]).toBeGreaterThan(0);
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  const found = [...store.pairs.iterate(pairs)];
  const seedOf = (candidate: string) => store.candidates.find(candidate)?.seed;
  for (const { chosenId, rejectedId, sharedSteps } of found) {
    expect(seedOf(chosenId)).toBe(seedOf(rejectedId));
    expect([1, 2]).toContain(sharedSteps);
  }
  store.close();

  const looked = await runLine(`data ${id} --samples 2 --workspace ${workspace}`);
  expect(looked.out).toMatch(
    /: 30 candidates of 5 prompts, \d+ different images\n20 branched off another path, 0 were cut/,
  );
  expect(looked.out).toMatch(/outcome, P\(yes\) of geneval:scenes-detector\S*, 0 without a score:/);
  const [, png = ""] = /\n(\S+\.png)\n/.exec(looked.out) ?? [];
  expect((await decodePng(readFileSync(png))).width).toBeGreaterThan(200);

  const apart = await done(`generate ${prompts} --count 2`);
  await done(`score ${apart.id}`);
  const { out } = await runLine(`pair ${apart.id} --policy per-step --workspace ${workspace}`);
  expect(out).toMatch(/Prompts without a pair, .*(forked from one state|image is right|image is wrong)/);
  expect(out).not.toContain("Next:");
});

test.each([
  ["--fork-after 0", 'whole numbers from 1 to 7, as "2" or "2,4", got "0"'],
  ["--fork-after 2,8", 'got "2,8"'],
  ["--fork-after soon", 'got "soon"'],
  ["--fork-into 3", "say after which steps with --fork-after"],
  [
    "--fork-after 2 --verifier orm --n 4",
    "--fork-after says nothing beside --verifier: leave one of the two out.",
  ],
])("generate %s is refused", async (flags, message) => {
  const { code, errors } = await runLine(`generate ${prompts} ${flags} --workspace ${workspace}`);
  expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
});
