import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openStore } from "../../../src/adapters/store/index.js";
import { freezeConfig } from "../../../src/config/freeze-config.js";
import { StoreError } from "../../../src/errors.js";
import { workspacePaths } from "../../../src/paths.js";
import { compareSets } from "../../../src/runner/inspection/compare-sets.js";
import { importInto } from "../../../src/runner/single-stages/import-export.js";

const REAL = join(import.meta.dirname, "../../fixtures/review/pairs.arrow");
/** Three preferences of REAL, six images. */
const EXPORT = join(import.meta.dirname, "../../contract/exports/parquet.parquet");
const folder = mkdtempSync(join(tmpdir(), "espalier-compare-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const workspace = join(folder, "workspace");

function prompts(name: string, ...lines: string[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.join("\n"));
  return file;
}

test("files that share images and prompts are told so, without a workspace", async () => {
  const found = await compareSets({ set: EXPORT, against: REAL, format: null }, { workspace });
  expect(found.images).toEqual({ images: 6, identical: 6, alike: 0 });
  expect(found.prompts.map(({ task, shared, prompts }) => [task, shared, prompts])).toEqual([
    ["position", 1, 1],
    ["counting", 2, 2],
  ]);
});

test("prompts are compared by what they ask for, images left out where there are none", async () => {
  const mirrored = "a photo of a red circle above a white square";
  const texts = prompts("texts.txt", mirrored, "a red unicorn that no model of ours can draw");
  const found = await compareSets({ set: EXPORT, against: texts, format: null }, { workspace });
  expect(found.images).toBeNull();
  expect(found.prompts).toMatchObject([
    { task: "position", shared: 1, prompts: 1, example: "a photo of a white square below a red circle" },
  ]);
  const metadata = JSON.stringify({
    tag: "single_object",
    include: [{ class: "ring", count: 1, color: "green" }],
    prompt: "a photo of a green ring",
  });
  const other = prompts("metadata.jsonl", metadata);
  expect((await compareSets({ set: EXPORT, against: other, format: null }, { workspace })).prompts).toEqual(
    [],
  );
});

test("stages are compared like files: pairs by their images, candidates by their decoded tokens", async () => {
  const config = freezeConfig({ name: "by-hand", rounds: 1 });
  await importInto({ path: EXPORT, format: null, resize: false }, { config, workspace, now: () => 0 });
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  const idOf = (name: string) =>
    store.stages.list("by-hand").find((stage) => stage.name === name)?.id as string;
  const [pairs, candidates] = [idOf("pairs"), idOf("candidates")];
  store.close();
  const ofPairs = await compareSets({ set: pairs, against: EXPORT, format: null }, { workspace });
  expect(ofPairs.images).toEqual({ images: 4, identical: 4, alike: 0 });
  const ofCandidates = await compareSets({ set: candidates, against: pairs, format: null }, { workspace });
  // Four of the six are in pairs, two in a tie.
  expect(ofCandidates.images).toMatchObject({ images: 6, identical: 4 });
  expect(ofCandidates.prompts.reduce((sum, { shared }) => sum + shared, 0)).toBe(2);
  const nothing = compareSets({ set: "ffff", against: pairs, format: null }, { workspace });
  await expect(nothing).rejects.toThrow(StoreError);
  const absent = compareSets({ set: pairs, against: "absent.parquet", format: null }, { workspace });
  await expect(absent).rejects.toThrow(/absent.parquet does not exist/);
}, 60_000);
