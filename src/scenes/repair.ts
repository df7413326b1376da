import type { Pixels } from "../records/image.js";
import type { PromptMetadata } from "../records/prompt.js";
import { detectObjects } from "./detection/detect.js";
import { backgroundOf } from "./detection/segment.js";
import { pixelCentre } from "./drawing/render.js";
import { farApart } from "./drawing/sample-scene.js";
import { PLACES, type Scene, type SceneObject, SIDE, TOKEN_SIDE } from "./drawing/scene.js";
import { type NounPhrase, readStatement } from "./language/statement.js";
import { COLORS, type Color, type Shape } from "./language/vocabulary.js";
import type { Random } from "./random.js";
import { captionHolds } from "./truth.js";

/** Detections above this score are whole objects; what is left of an image is background or rubbish. */
const WHOLE_SCORE = 0.9;
/** An object further than this from a token's centre (pixels) was not drawn on the grid. */
const OFF_GRID = 3;
/** Random edits tried of each length. */
const ATTEMPTS = 500;
/** Most edits of one repair: a missing object each for "four stars" of which none is there. */
const MOST_EDITS = 4;

/** The whole objects of an image as a scene; undefined when one lies off the token grid. */
export function readScene(pixels: Pixels): Scene | undefined {
  const found = detectObjects(pixels).filter(({ score }) => score > WHOLE_SCORE);
  const objects = found.map(({ class: shape, color, box: [left, top, right, bottom] }) => {
    const [column, row] = [nearestPlace((left + right) / 2), nearestPlace((top + bottom) / 2)];
    return column && row ? { shape: shape as Shape, color: color as Color, column, row } : undefined;
  });
  const read = objects.filter((object) => object !== undefined);
  const [red, green, blue] = backgroundOf(pixels);
  const background = Math.round((red + green + blue) / 3);
  return read.length === objects.length ? { objects: read, background } : undefined;
}

function nearestPlace(pixel: number): number | undefined {
  return PLACES.find((place) => Math.abs(pixelCentre(place) - pixel) <= OFF_GRID);
}

/**
 * The scene with as few objects changed, moved, added or taken away as it takes to make the prompt true of it.
 * Undefined when none is found by at most MOST_EDITS edits.
 */
export function repairScene(scene: Scene, metadata: PromptMetadata, random: Random): Scene | undefined {
  const { first, second } = readStatement(metadata);
  const phrases = [first, ...(second ? [second] : [])];
  for (let edits = 1; edits <= MOST_EDITS; edits++) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      let objects: readonly SceneObject[] = scene.objects;
      for (let edit = 0; edit < edits; edit++) objects = edited(objects, random.pick(phrases), random);
      const repaired = { ...scene, objects };
      if (keepDistance(objects) && noneToSpare(objects, phrases) && captionHolds(metadata, repaired))
        return repaired;
    }
  }
  return undefined;
}

const EDITS = ["add", "remove", "move", "reshape", "recolor"] as const;

/** One random edit, in the direction of what a phrase asks for. */
function edited(objects: readonly SceneObject[], phrase: NounPhrase, random: Random): readonly SceneObject[] {
  const place = { column: random.pick(PLACES), row: random.pick(PLACES) };
  const color = phrase.color ?? random.pick(COLORS);
  const edit = objects.length === 0 ? "add" : random.pick(EDITS);
  if (edit === "add") return [...objects, { shape: phrase.shape, color, ...place }];
  const at = random.index(objects.length);
  if (edit === "remove") return objects.filter((_, index) => index !== at);
  const change = { move: place, reshape: { shape: phrase.shape }, recolor: { color } }[edit];
  return objects.map((object, index) => (index === at ? { ...object, ...change } : object));
}

/** Whether there is no more of what a phrase names than it says: a wrong object is changed, not joined by a right one. */
function noneToSpare(objects: readonly SceneObject[], phrases: readonly NounPhrase[]): boolean {
  return phrases.every(
    ({ shape, count }) => objects.filter((object) => object.shape === shape).length === count,
  );
}

function keepDistance(objects: readonly SceneObject[]): boolean {
  return objects.every((one, index) => objects.slice(index + 1).every((other) => farApart(one, other)));
}

/** A token grid and what it shows. */
export interface DrawnScene {
  readonly scene: Scene;
  /** Shape (tokens,), row-major. */
  readonly tokens: Uint16Array;
}

/**
 * The tokens of `before` where nothing changed, those of `after` where objects came, went or changed and where `before`
 * (as `pixels`) shows rubbish, which is neither object nor background.
 */
export function spliceRepair(before: DrawnScene, pixels: Pixels, after: DrawnScene): Uint16Array {
  const kept = after.scene.objects.filter((object) => before.scene.objects.includes(object));
  const come = after.scene.objects.filter((object) => !kept.includes(object));
  const blank = blankTokens(pixels);
  return before.tokens.map((token, at) => {
    const untouched = covers(kept, at) || blank[at] === true;
    return untouched && !covers(come, at) ? token : (after.tokens[at] as number);
  });
}

const GRID = SIDE / TOKEN_SIDE;

/** Whether one of the objects lies over a token: each covers 3 x 3. */
function covers(objects: readonly SceneObject[], at: number): boolean {
  const [column, row] = [at % GRID, Math.floor(at / GRID)];
  return objects.some((one) => Math.abs(one.column - column) <= 1 && Math.abs(one.row - row) <= 1);
}

/** A pixel this far from the background (0..255, any channel) belongs to something. */
const BLANK_DEVIATION = 24;

/** Whether each token shows background alone, shape (tokens,). */
function blankTokens({ width, height, data }: Pixels): boolean[] {
  const background = backgroundOf({ width, height, data });
  const blank = new Array<boolean>(GRID * GRID).fill(true);
  for (let at = 0; at < data.length; at++) {
    if (Math.abs((data[at] as number) - (background[at % 3] as number)) <= BLANK_DEVIATION) continue;
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    blank[Math.floor(y / TOKEN_SIDE) * GRID + Math.floor(x / TOKEN_SIDE)] = false;
  }
  return blank;
}
