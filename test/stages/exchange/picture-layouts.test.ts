import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FORMAT_FACTS, FORMAT_NAMES, type FormatName } from "../../../src/config/formats.js";
import type { BroughtImage, Preference } from "../../../src/records/preference.js";
import { detectFormat } from "../../../src/stages/exchange/detect-format.js";
import { FORMATS } from "../../../src/stages/exchange/formats.js";

/** Pairs of pictures in every layout, as scripts/build/export-samples.ts writes them. */
const EXPORTS = "test/contract/exports/pictures";
const PICTURES = "test/fixtures/exchange/pictures";
const [wide, tall, square] = ["wide.png", "tall.jpg", "square.webp"].map((file) =>
  readFileSync(join(PICTURES, file)),
) as [Buffer, Buffer, Buffer];
const PAIRS = [
  { prompt: "a photo of a cat", images: [wide, tall], scores: [0.75, 0.25], seed: 7 },
  { prompt: "ein Fuchs im Schnee,\nvon hinten", images: [square, wide], scores: [0.75, 0.5], seed: 8 },
  { prompt: "a red cup", images: [tall, square], scores: [0.75, 0.75], seed: 9 },
  { prompt: "two red cups", images: [tall, wide], scores: [0.75, 0.875], seed: 10 },
] as const;

function placeOf(format: FormatName): string {
  const { container } = FORMAT_FACTS[format];
  return join(EXPORTS, container === "folder" ? format : `${format}${container}`);
}

/** Best first; of a tie in the order of the sample. */
function ordered({ images, ranks }: Preference, sample: (typeof PAIRS)[number]): BroughtImage[] {
  const isFirst = ({ bytes }: BroughtImage) => sample.images[0].equals(bytes);
  if (ranks[0] === ranks[1])
    return [...images].sort((one, other) => Number(isFirst(other)) - Number(isFirst(one)));
  return [...images].sort(
    (one, other) => (ranks[images.indexOf(one)] ?? 0) - (ranks[images.indexOf(other)] ?? 0),
  );
}

test.each(FORMAT_NAMES)("pictures come back from %s with the bytes they came with", async (format) => {
  const read: Preference[] = [];
  // The layout is found out; one whose rows are another's is read as that.
  const found = await detectFormat(placeOf(format));
  for await (const preference of FORMATS[found].read(placeOf(format))) read.push(preference);
  const lost = FORMAT_FACTS[format].cannotHold.join();
  const samples = PAIRS.filter(({ scores: [one, other] }) => one !== other || !lost.includes("ties"));
  expect(read).toHaveLength(samples.length);
  for (const [index, sample] of samples.entries()) {
    const preference = read[index] as Preference;
    const images = ordered(preference, sample);
    expect(preference.prompt).toBe(sample.prompt);
    expect(images.map(({ bytes }, place) => sample.images[place]?.equals(bytes))).toEqual([true, true]);
    expect(preference.ranks[0] === preference.ranks[1]).toBe(sample.scores[0] === sample.scores[1]);
    if (!lost.includes("scores")) {
      expect(images.map(({ score }) => score)).toEqual(sample.scores);
      expect(preference.isOverruled ?? false).toBe(sample.scores[0] < sample.scores[1]);
    }
    if (!lost.includes("seeds")) expect(images.map(({ seed }) => seed)).toEqual([sample.seed, undefined]);
  }
});
