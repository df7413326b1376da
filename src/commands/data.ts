import { FORMAT_NAMES } from "../config/formats.js";
import type { SetsCompared } from "../runner/inspection/compare-sets.js";
import type { LookedInto } from "../runner/inspection/look-into.js";
import type { LookedIntoCandidates } from "../runner/inspection/look-into-candidates.js";
import { defineCommand, number, oneOf, text } from "./command.js";
import { leftOutLines } from "./plain-output.js";
import { reportsPlace, writeAsked } from "./write-asked.js";

export const data = defineCommand({
  name: "data",
  summary:
    "look into candidates, a pair set or a file of preferences, or compare it with another; without one, the tables of the ledger",
  examples: [
    "espalier data",
    "espalier data 77ab02",
    "espalier data pairs.parquet",
    "espalier data pairs.parquet --against held-out.jsonl",
  ],
  positionals: [
    { name: "set", describe: "id of a candidates, pairs or ties stage, or a file", required: false },
  ],
  flags: {
    format: oneOf(
      "layout of the file; unless given, the one that its name and columns show",
      FORMAT_NAMES,
      null,
      { requires: ["set"] },
    ),
    samples: number("preferences on the contact sheet", { least: 0, most: 64 }, 8, {
      requires: ["set"],
      excludes: ["against"],
    }),
    against: text(
      "another set, or a prompt file: what the two have in common, instead of the description",
      "set",
      null,
      { requires: ["set"] },
    ),
    sheet: text(
      "where the contact sheet is written; the default is in the workspace's reports",
      "file",
      null,
      { requires: ["set"], excludes: ["against"] },
    ),
  },
  async run([set], flags, { workspace }) {
    const { ledgerSchema, lookInto } = await import("../runner/inspection/look-into.js");
    if (set === undefined) {
      const tables = ledgerSchema(workspace);
      const lines = tables.map(
        ({ table, rows, columns }) => `${table} (${rows} rows): ${columns.join(", ")}`,
      );
      return { data: { tables }, text: lines.join("\n") };
    }
    if (flags.against !== null) {
      const { compareSets } = await import("../runner/inspection/compare-sets.js");
      const compared = await compareSets(
        { set, against: flags.against, format: flags.format },
        { workspace },
      );
      return { data: compared, text: describeOverlap(compared).join("\n") };
    }
    const { sheet, ...found } = await lookInto(set, { workspace, ...flags });
    const file = sheet && (flags.sheet ?? reportsPlace(workspace, `data-${nameOf(found.name)}.png`));
    if (sheet !== null && file !== null) {
      const { contactSheet } = await import("../adapters/images/index.js");
      writeAsked(file, await contactSheet(sheet));
    }
    return {
      data: { ...found, file },
      text: [
        ...("candidates" in found ? describeCandidates(found) : describe(found)),
        ...(file ? [file] : []),
      ].join("\n"),
    };
  },
});

function describe(found: Omit<LookedInto, "sheet">): string[] {
  const { name, preferences, pairs, ties, images, carried, sizes, identical, alike, scores, margins } = found;
  return [
    `${name}: ${preferences} preferences, ${pairs} pairs, ${ties} ties, ${images} images`,
    `columns: ${found.columns.join(", ")}`,
    `sizes: ${listed(sizes)}`,
    `images carry: ${listed(carried) || "their bytes alone"}`,
    ...leftOutLines(found.leftOut),
    `two images of a prompt: ${identical} times identical, ${alike} times alike`,
    ...histogram("scores", scores),
    ...histogram("margins", margins),
  ];
}

function describeCandidates(found: Omit<LookedIntoCandidates, "sheet">): string[] {
  const { name, candidates, prompts, distinctImages, forked, dropped, tasks, verdicts } = found;
  return [
    `${name}: ${candidates} candidates of ${prompts} prompts, ${distinctImages} different images`,
    `${forked} branched off another path, ${dropped} were cut before their end`,
    `tasks: ${listed(tasks)}`,
    ...verdicts.flatMap(({ judge, question, failed, scores }) =>
      histogram(`${question}, P(yes) of ${judge.slice(0, 24)}, ${failed} without a score`, scores),
    ),
  ];
}

function describeOverlap({ set, against, prompts, images }: SetsCompared): string[] {
  const shared = prompts.map(
    ({ task, shared, prompts, example }) =>
      `  ${task || "plain text"}: ${shared} of ${prompts} prompts ("${example}")`,
  );
  return [
    `What ${set} has that ${against} has as well:`,
    ...(shared.length > 0
      ? [
          "prompts that ask for the same objects, counts, colours and relation, or say the same words:",
          ...shared,
        ]
      : ["no prompt that asks for the same"]),
    images === null
      ? "images: not compared, one of the two holds prompts alone"
      : `images: ${images.identical} of ${images.images} identical (token for token or pixel for pixel), ${images.alike} more alike (perceptual hash)`,
  ];
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([key, count]) => `${key} (${count})`)
    .join(", ");
}

/** One line a tenth, its bar as long as its share of the fullest. */
function histogram(title: string, bins: readonly number[]): string[] {
  const most = Math.max(...bins);
  if (most === 0) return [];
  const line = (count: number, at: number) =>
    `  ${(at / bins.length).toFixed(1)}  ${"#".repeat(Math.round((30 * count) / most)).padEnd(30)}  ${count}`;
  return [`${title}:`, ...bins.map(line)];
}

function nameOf(name: string): string {
  return name.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "");
}
