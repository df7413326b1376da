import { expect, test } from "vitest";
import {
  contactSheet,
  decodeImage,
  decodePng,
  encodePng,
  escapeMarkup,
  inspectImage,
  pngDataUrl,
  resizedToSquare,
} from "../../../src/adapters/images/index.js";
import { wrap } from "../../../src/adapters/images/text-lines.js";
import { StoreError } from "../../../src/errors.js";
import type { Pixels } from "../../../src/records/image.js";

const RED = [255, 0, 0] as const;
const BLUE = [0, 0, 255] as const;

test("a PNG holds every pixel", async () => {
  const image: Pixels = {
    width: 5,
    height: 3,
    data: Uint8Array.from({ length: 45 }, (_, index) => index * 5),
  };
  const png = await encodePng(image);
  expect([...png.subarray(1, 4)]).toEqual([..."PNG"].map((letter) => letter.charCodeAt(0)));
  const decoded = await decodePng(png);
  expect({ ...decoded, data: [...decoded.data] }).toEqual({ ...image, data: [...image.data] });
});

test("a data URL decodes to the same bytes", async () => {
  const png = await encodePng(plain(RED));
  const [head, body] = pngDataUrl(png).split(",");
  expect(head).toBe("data:image/png;base64");
  expect(Buffer.from(body ?? "", "base64").equals(png)).toBe(true);
});

test("a contact sheet shows each image enlarged, in reading order, with its text", async () => {
  const half = Uint8Array.from(
    { length: 64 * 64 * 3 },
    (_, index) => (Math.floor(index / 3) % 64 < 32 ? RED : BLUE)[index % 3] ?? 0,
  );
  const cells = [plain(RED), plain(BLUE), { width: 64, height: 64, data: half }].map((image, index) => ({
    image,
    label: `seed ${index}`,
    caption: "a photo of <something> & more that is too long for one line",
  }));
  const sheet = await decodePng(await contactSheet({ title: "prompt", cells, columns: 2, scale: 4 }));
  const blocks = [...colourBlocks(sheet)];
  expect(blocks.filter(({ color }) => color === "red").map(({ pixels }) => pixels)).toEqual([
    256 * 256 + 128 * 256,
  ]);
  expect(blocks.filter(({ color }) => color === "blue").map(({ pixels }) => pixels)).toEqual([
    256 * 256 + 128 * 256,
  ]);
  expect(rowsOf(sheet, RED)).toHaveLength(512);
  expect(columnsOf(sheet, BLUE)).toHaveLength(256 + 128);
  expect(sheet.data.some((value) => value < 60)).toBe(true);
});

test("a sheet of one cell is one cell wide, and text changes only the text", async () => {
  const sheet = (label: string) =>
    contactSheet({ title: "", cells: [{ image: plain(RED), label, caption: "" }], columns: 5, scale: 2 });
  const [first, second] = [await decodePng(await sheet("a")), await decodePng(await sheet("b"))];
  expect([first.width, first.height]).toEqual([second.width, second.height]);
  expect(first.width).toBeLessThan(200);
  expect(Buffer.from(first.data).equals(second.data)).toBe(false);
});

test("a layout that cannot be drawn is refused by its name", async () => {
  const cell = { image: plain(RED), label: "", caption: "" };
  const sheet = { title: "", cells: [cell], columns: 1, scale: 1 };
  await expect(contactSheet({ ...sheet, cells: [] })).rejects.toThrow(/at least one image/);
  await expect(contactSheet({ ...sheet, columns: 0 })).rejects.toThrow(/Expected "columns".*got 0/);
  await expect(contactSheet({ ...sheet, scale: 1.5 })).rejects.toThrow(/Expected "scale".*got 1.5/);
});

test("text wraps at spaces, and a word longer than the line is cut", () => {
  expect(wrap("one two  three", 7)).toEqual(["one two", "three"]);
  expect(wrap("abcdefghij k", 4)).toEqual(["abcd", "efgh", "ij k"]);
  expect(wrap("   ", 7)).toEqual([]);
});

test("markup is escaped and control characters are gone", () => {
  expect(escapeMarkup('<b a="1">&\u0007')).toBe("&lt;b a=&quot;1&quot;&gt;&amp; ");
});

function plain(color: readonly number[]): Pixels {
  return {
    width: 64,
    height: 64,
    data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => color[index % 3] ?? 0),
  };
}

function* colourBlocks(image: Pixels) {
  for (const [color, rgb] of [
    ["red", RED],
    ["blue", BLUE],
  ] as const) {
    let pixels = 0;
    for (let index = 0; index < image.width * image.height; index++) if (isColor(image, index, rgb)) pixels++;
    yield { color, pixels };
  }
}

function rowsOf(image: Pixels, color: readonly number[]): number[] {
  return positions(image, color, (index) => Math.floor(index / image.width));
}

function columnsOf(image: Pixels, color: readonly number[]): number[] {
  return positions(image, color, (index) => index % image.width);
}

function positions(image: Pixels, color: readonly number[], place: (index: number) => number): number[] {
  const found = new Set<number>();
  for (let index = 0; index < image.width * image.height; index++)
    if (isColor(image, index, color)) found.add(place(index));
  return [...found];
}

function isColor(image: Pixels, index: number, color: readonly number[]): boolean {
  return color.every((value, channel) => image.data[index * 3 + channel] === value);
}

test("a drawing is no image, whatever its file is called and whoever opens it", async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>';
  for (const text of [svg, `\ufeff<?xml version="1.0"?>\n<!-- a -->${svg}`]) {
    const bytes = Buffer.from(text);
    await expect(inspectImage(bytes)).rejects.toThrow(StoreError);
    await expect(decodeImage(bytes)).rejects.toThrow(StoreError);
    await expect(resizedToSquare(bytes, 4)).rejects.toThrow(StoreError);
  }
});
