import type { Chance } from "../random.js";
import type { FuzzMaker } from "./fuzz-case.js";
import { mutateBytes, mutateJson, oddText } from "./odd.js";

const LINES = [
  ...[
    "a photo of a red star",
    "a photo of two circles",
    "a photo of a blue square and a ring",
    "a photo of a cat",
  ],
  ...["a photo of a green ring left of a triangle", "# a remark", "a photo of a very red star", "star", "{"],
];
const ROWS = [
  { tag: "colors", include: [{ class: "star", count: 1, color: "red" }], prompt: "a photo of a red star" },
  {
    ...{ tag: "position", prompt: "a photo of a square right of a heart" },
    include: [
      { class: "heart", count: 1 },
      { class: "square", count: 1, position: ["right of", 0] },
    ],
  },
];

/** Prompt files: lines, metadata, tables, other encodings, broken bytes. */
export const promptFiles: FuzzMaker = (chance, _material, name) => {
  const file = `${name}.${chance.pick(["txt", "jsonl", "csv", "tsv", "json", "TXT", "md", ""])}`;
  const words = chance.is(0.8)
    ? ["generate", file, "--count", "1", "--limit", "1", "--pipeline", "./tiny.ts"]
    : [
        "evaluate",
        "scenes-base",
        "--prompts",
        file,
        "--per-task",
        "1",
        "--limit",
        "1",
        "--pipeline",
        "./tiny.ts",
      ];
  return { words, files: { [file]: contentOf(chance) } };
};

function contentOf(chance: Chance): Uint8Array {
  const encoded = Buffer.from(textOf(chance), chance.is(0.1) ? "utf16le" : "utf8");
  return chance.is(0.3) ? mutateBytes(chance, encoded) : encoded;
}

function textOf(chance: Chance): string {
  const length = 1 + chance.below(5);
  const line = () => (chance.is(0.3) ? oddText(chance) : chance.pick(LINES));
  const row = () => JSON.stringify(mutateJson(chance, chance.pick(ROWS)));
  const kinds = [
    () => many(length, line).join("\n"),
    () => many(length, row).join(chance.pick(["\n", "\r\n", ",\n"])),
    () =>
      JSON.stringify(
        mutateJson(
          chance,
          many(length, () => chance.pick(ROWS)),
        ),
      ),
    () => ["prompt,id", ...many(length, () => `"${line()}",7`)].join("\n"),
    () => ["prompt\tid", ...many(length, () => `${line()}\t7`)].join("\n"),
  ];
  return chance.pick(["", "", "\ufeff"]) + chance.pick(kinds)();
}

function many<Item>(count: number, make: () => Item): Item[] {
  return Array.from({ length: count }, make);
}
