import { signedDistance } from "../drawing/shapes.js";
import type { Shape } from "../language/vocabulary.js";

/** Templates are squares of this many pixels, the object's centre on the corner in the middle. */
export const TEMPLATE_SIDE = 28;

/** The soft mask a shape should have. */
export interface Template {
  readonly shape: Shape;
  /** Coverage 0..1, row-major, shape (TEMPLATE_SIDE * TEMPLATE_SIDE,). */
  readonly mask: Float32Array;
  /** Sum of squares of the mask. */
  readonly energy: number;
  /** Centre of mass relative to the object's centre, in pixels. */
  readonly centre: readonly [x: number, y: number];
}

/** Around the radii that scenes are drawn with. */
const RADII = [11, 11.8] as const;
/** Passes of a 3 x 3 mean: sharp renderings, and the soft edges of decoded ones. */
const BLURS = [0, 1, 2] as const;

const templates = new Map<Shape, Template[]>();

/** A shape at every radius and blur. */
export function templatesOf(shape: Shape): readonly Template[] {
  const known = templates.get(shape);
  if (known !== undefined) return known;
  const made = RADII.flatMap((radius) => BLURS.map((blurs) => createTemplate(shape, radius, blurs)));
  templates.set(shape, made);
  return made;
}

/** The smaller radius with one blur: close enough to tell the shapes apart at a first look. */
export function middleTemplate(shape: Shape): Template {
  return templatesOf(shape)[1] as Template;
}

function createTemplate(shape: Shape, radius: number, blurs: number): Template {
  let mask = Float32Array.from({ length: TEMPLATE_SIDE ** 2 }, (_, at) => {
    const [x, y] = offsetOf(at);
    return Math.min(1, Math.max(0, 0.5 - signedDistance(shape, x, y, radius)));
  });
  for (let pass = 0; pass < blurs; pass++) mask = blurred(mask);
  const mass = mask.reduce((sum, value) => sum + value, 0);
  const moment = (axis: 0 | 1) => mask.reduce((sum, value, at) => sum + value * offsetOf(at)[axis], 0) / mass;
  const energy = mask.reduce((sum, value) => sum + value * value, 0);
  return { shape, mask, energy, centre: [moment(0), moment(1)] };
}

/** Offset of a template pixel's middle from the object's centre. */
function offsetOf(at: number): readonly [number, number] {
  const half = TEMPLATE_SIDE / 2;
  return [(at % TEMPLATE_SIDE) + 0.5 - half, Math.floor(at / TEMPLATE_SIDE) + 0.5 - half];
}

function blurred(mask: Float32Array): Float32Array<ArrayBuffer> {
  const at = (column: number, row: number) =>
    column < 0 || row < 0 || column >= TEMPLATE_SIDE || row >= TEMPLATE_SIDE
      ? 0
      : (mask[row * TEMPLATE_SIDE + column] as number);
  return Float32Array.from(mask, (_, index) => {
    const [column, row] = [index % TEMPLATE_SIDE, Math.floor(index / TEMPLATE_SIDE)];
    let sum = 0;
    for (let down = -1; down <= 1; down++) {
      for (let right = -1; right <= 1; right++) sum += at(column + right, row + down);
    }
    return sum / 9;
  });
}
