import sharp, { type OverlayOptions } from "sharp";
import type { Pixels } from "../../records/image.js";
import { rawFormat } from "./png.js";
import { escapeMarkup, wrap } from "./text-lines.js";

export interface ContactSheetCell {
  readonly image: Pixels;
  /** Above the image: "seed 7", "chosen 0.93". Cut when it is too wide. */
  readonly label: string;
  /** Below the image, wrapped. */
  readonly caption: string;
}

export interface ContactSheet {
  /** Above all cells, wrapped. */
  readonly title: string;
  readonly cells: readonly ContactSheetCell[];
  /** Cells in a line; fewer when there are fewer cells. */
  readonly columns: number;
  /** Whole-number enlargement, nearest neighbour: a pixel stays a square. */
  readonly scale: number;
}

/** A grid of images with labels and captions, as PNG bytes. Throws RangeError on a layout that cannot be drawn. */
export async function contactSheet(sheet: ContactSheet): Promise<Uint8Array> {
  const layout = layOut(sheet);
  const images = await Promise.all(
    layout.cells.map(async ({ cell, left, top }): Promise<OverlayOptions> => {
      return { input: await enlarged(cell.image, sheet.scale), left, top };
    }),
  );
  const text = Buffer.from(drawText(layout));
  const background = {
    create: { width: layout.width, height: layout.height, channels: 3, background: "white" },
  } as const;
  return sharp(background)
    .composite([...images, { input: text, left: 0, top: 0 }])
    .png()
    .toBuffer();
}

/** Pixels of the page: a line of text, the gap around things, and the size of letters. */
const LINE = 16;
const GAP = 10;
const FONT = 12;
/** Width of a letter of the fixed-width font, as a share of its size. */
const LETTER = 0.62;
const MINIMUM_CELL = 140;

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly title: readonly string[];
  readonly cells: readonly PlacedCell[];
}

interface PlacedCell {
  readonly cell: ContactSheetCell;
  /** Top left corner of the image. */
  readonly left: number;
  readonly top: number;
  readonly label: string;
  readonly caption: readonly string[];
  /** First line of the caption. */
  readonly captionTop: number;
}

function layOut(sheet: ContactSheet): Layout {
  requireDrawable(sheet);
  const columns = Math.min(sheet.columns, sheet.cells.length);
  const imageWidth = Math.max(...sheet.cells.map((cell) => cell.image.width)) * sheet.scale;
  const imageHeight = Math.max(...sheet.cells.map((cell) => cell.image.height)) * sheet.scale;
  const cellWidth = Math.max(imageWidth, MINIMUM_CELL);
  const letters = Math.floor(cellWidth / (FONT * LETTER));
  const width = GAP + columns * (cellWidth + GAP);
  const title = wrap(sheet.title, Math.floor((width - 2 * GAP) / (FONT * LETTER)));
  const captions = sheet.cells.map((cell) => wrap(cell.caption, letters));
  const captionLines = Math.max(...captions.map((lines) => lines.length));
  const cellHeight = LINE + imageHeight + captionLines * LINE + GAP;
  const cellsTop = GAP + title.length * LINE + GAP;
  const cells = sheet.cells.map((cell, index): PlacedCell => {
    const left = GAP + (index % columns) * (cellWidth + GAP);
    const top = cellsTop + Math.floor(index / columns) * cellHeight + LINE;
    const [label = ""] = wrap(cell.label, letters);
    return { cell, left, top, label, caption: captions[index] ?? [], captionTop: top + imageHeight };
  });
  return { width, height: cellsTop + Math.ceil(cells.length / columns) * cellHeight, title, cells };
}

function requireDrawable({ cells, columns, scale }: ContactSheet): void {
  if (cells.length === 0) throw new RangeError("A contact sheet needs at least one image, got none.");
  for (const [name, value] of Object.entries({ columns, scale })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`Expected "${name}" of a contact sheet to be a whole number from 1, got ${value}.`);
  }
}

function enlarged(image: Pixels, scale: number): Promise<Buffer> {
  return sharp(image.data, { raw: rawFormat(image) })
    .resize(image.width * scale, image.height * scale, { kernel: "nearest" })
    .png()
    .toBuffer();
}

function drawText(layout: Layout): string {
  const title = layout.title.map((line, index) => textLine(line, GAP, GAP + index * LINE));
  const cells = layout.cells.flatMap(({ left, top, label, caption, captionTop }) => [
    textLine(label, left, top - LINE, "bold"),
    ...caption.map((line, index) => textLine(line, left, captionTop + index * LINE)),
  ]);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${layout.width}" height="${layout.height}" ` +
    `font-family="monospace" font-size="${FONT}" fill="#222">${[...title, ...cells].join("")}</svg>`
  );
}

/** `top` is the top of the line; SVG places text by its baseline. */
function textLine(line: string, left: number, top: number, weight: "normal" | "bold" = "normal"): string {
  return `<text x="${left}" y="${top + FONT}" font-weight="${weight}" xml:space="preserve">${escapeMarkup(line)}</text>`;
}
