/**
 * Whether a generator or a judge learned to please the detector rather than the prompt: images of an evaluation graded again by
 * a second detector, a small network that learned from scenes alone, by the same rules. Writes JSON, Markdown and a contact sheet of
 * the images on which the two disagree.
 *
 *   npx tsx scripts/build/object-scenes.ts --out build/object-scenes.arrow
 *   .venv/bin/python -m espalier_torch.pretrain.train_detector --scenes build/object-scenes.arrow --out build/scenes-detector
 *   npx tsx scripts/studies/second-detector.ts --workspace build/paper-tables --evaluation ID [--evaluation ID ...]
 */
import "../explain-faults.js";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { candidateFiles } from "../../src/adapters/arrow/index.js";
import { type LabelledRow, writeLabelled } from "../../src/adapters/arrow/labelled-file.js";
import { contactSheet } from "../../src/adapters/images/index.js";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { openStore } from "../../src/adapters/store/index.js";
import { openBundledDecoder } from "../../src/families/bundled.js";
import { workspacePaths } from "../../src/paths.js";
import type { Detection } from "../../src/records/detection.js";
import { findStage } from "../../src/runner/find-stage.js";
import { encodePrompt, TEXT_LENGTH } from "../../src/scenes/language/vocabulary.js";
import { findCandidate } from "../../src/stages/sampling/wanted-candidates.js";
import { runCommand, SetupError } from "../setup/run-command.js";
import { agrees, compareDetectors, type Graded, gradedTwice } from "./second-detector/compared.js";
import { detectorPage, type Row } from "./second-detector/page.js";

const { values } = parseArgs({
  options: {
    workspace: { type: "string", default: "build/paper-tables" },
    evaluation: { type: "string", multiple: true, default: [] },
    detector: { type: "string", default: "build/scenes-detector" },
    images: { type: "string", default: "300" },
    work: { type: "string", default: "build/second-detector" },
    out: { type: "string", default: "docs/results/second-detector" },
  },
});
if (values.evaluation.length === 0)
  throw new SetupError("Expected --evaluation ID, of an evaluation in the workspace.");
mkdirSync(values.work, { recursive: true });
mkdirSync(dirname(values.out), { recursive: true });
const store = openStore(workspacePaths(values.workspace), { readOnly: true });
const files = candidateFiles(values.workspace);
const rows: Row[] = [];
const disputed: { graded: Graded; tokens: Uint16Array; label: string }[] = [];
for (const id of values.evaluation) await compare(id);
const { training } = JSON.parse(readFileSync(join(values.detector, "checkpoint.json"), "utf8"));
const found = { scenesSeenExactly: training.scenes_seen_exactly as number, rows };
writeFileSync(`${values.out}.json`, `${JSON.stringify(found, null, 2)}\n`);
writeFileSync(`${values.out}.md`, detectorPage(found));
await writeSheet();
console.log(`${values.out}.md, .json and .png`);
store.close();

async function compare(start: string): Promise<void> {
  const stage = findStage(store, start, "evaluation");
  const label = store.evaluations.find(stage.id)?.label ?? stage.id;
  const items = spread([...store.evaluations.items(stage.id)], Number(values.images));
  const labelled: LabelledRow[] = [];
  for (const [index, item] of items.entries()) {
    const candidate = await findCandidate(store, files, item.candidateId);
    if (candidate === undefined)
      throw new SetupError(`Candidate ${item.candidateId} is not in the workspace any more.`);
    labelled.push({
      ...{ prompt: item.text, tag: item.tag ?? "", prompt_index: index, text: encodePrompt(item.text) },
      ...{ tokens: candidate.tokens, committed_at: candidate.committedAt, seed: item.seed ?? 0 },
      label: Number(item.correct),
    });
  }
  const seen = await seenIn(labelled);
  const graded = gradedTwice(
    items.map(({ promptId, correct }, index) => {
      const metadata = store.prompts.find(promptId)?.metadata;
      if (metadata === undefined)
        throw new SetupError(`"${items[index]?.text}" cannot be checked: it has no metadata.`);
      return { promptId, metadata, correct, seen: seen[index] as Detection[] };
    }),
  );
  rows.push({ label, ...compareDetectors(graded) });
  for (const [index, one] of graded.entries()) {
    if (!agrees(one)) disputed.push({ graded: one, tokens: (labelled[index] as LabelledRow).tokens, label });
  }
}

/** What the second detector sees in each image. */
async function seenIn(labelled: readonly LabelledRow[]): Promise<Detection[][]> {
  const [images, seen] = [join(values.work, "images.arrow"), join(values.work, "seen.jsonl")];
  const tokens = labelled[0]?.tokens.length ?? 0;
  await writeLabelled(images, labelled, { tokens, words: TEXT_LENGTH });
  const flags = ["--detector", values.detector, "--labelled", images, "--out", seen];
  await runCommand(pythonCommand(), ["-m", "espalier_torch.pretrain.detect", ...flags]);
  const lines = readFileSync(seen, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Detection[]);
}

/** `count` of the items, evenly over their order, which is by prompt. */
function spread<Item>(items: readonly Item[], count: number): Item[] {
  const every = Math.max(1, items.length / count);
  return Array.from(
    { length: Math.min(count, items.length) },
    (_, index) => items[Math.floor(index * every)] as Item,
  );
}

async function writeSheet(): Promise<void> {
  const decoder = await openBundledDecoder();
  const shown = disputed.slice(0, 24);
  const pixels = await decoder.decode(shown.map(({ tokens }) => tokens));
  const cells = shown.map(({ graded, label }, index) => ({
    image: pixels[index] as (typeof pixels)[number],
    label: `${graded.correct ? "right" : "wrong"} / ${graded.secondCorrect ? "right" : "wrong"}`,
    caption: `${graded.metadata.prompt} (${label})`,
  }));
  if (cells.length > 0) {
    const title = "Where the detectors disagree: the first's grade / the second's";
    writeFileSync(`${values.out}.png`, await contactSheet({ title, cells, columns: 6, scale: 2 }));
  }
  await decoder.close();
}
