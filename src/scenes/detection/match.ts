import { SHAPES, type Shape } from "../language/vocabulary.js";
import { middleTemplate, TEMPLATE_SIDE, type Template, templatesOf } from "./templates.js";

/** The best template for a soft mask. */
export interface Match {
  readonly shape: Shape;
  /** 2<v,t> / (|v|^2 + |t|^2): 1 for the same mask, 0 for no overlap. */
  readonly quality: number;
  /** Centre of the object in pixels. */
  readonly centre: readonly [x: number, y: number];
}

/** Centres are tried this many pixels around the one the centre of mass suggests. */
const SHIFTS = [0, -1, 1] as const;
/** Shapes that go on to the second look. */
const FINALISTS = 3;

/**
 * Finds the shape, size, blur and place that fit a mask best: every shape at a middle size first, then every size and
 * blur of the best few.
 * @param mask shape (side * side,), values 0..1
 * @param centre centre of mass of the mask
 */
export function matchShape(mask: Float32Array, side: number, centre: readonly [number, number]): Match {
  const energy = mask.reduce((sum, value) => sum + value * value, 0);
  const compare = (template: Template, x: number, y: number): Match => {
    const quality = (2 * overlapAt(mask, side, template, x, y)) / (energy + template.energy);
    return { shape: template.shape, quality, centre: [x, y] };
  };
  const firstLook = SHAPES.map((shape) => {
    const template = middleTemplate(shape);
    const [x, y] = [Math.round(centre[0] - template.centre[0]), Math.round(centre[1] - template.centre[1])];
    return best(SHIFTS.flatMap((right) => SHIFTS.map((down) => compare(template, x + right, y + down))));
  });
  const finalists = firstLook.sort((one, other) => other.quality - one.quality).slice(0, FINALISTS);
  return best(
    finalists.flatMap(({ shape, centre: [x, y] }) =>
      templatesOf(shape).map((template) => compare(template, x, y)),
    ),
  );
}

function best(matches: readonly Match[]): Match {
  return matches.reduce((one, other) => (other.quality > one.quality ? other : one));
}

/** Sum of products of a mask and a template whose object centre lies on pixel corner (x, y). */
function overlapAt(mask: Float32Array, side: number, template: Template, x: number, y: number): number {
  const [left, top] = [x - TEMPLATE_SIDE / 2, y - TEMPLATE_SIDE / 2];
  const [fromColumn, toColumn] = [Math.max(0, -left), Math.min(TEMPLATE_SIDE, side - left)];
  const [fromRow, toRow] = [Math.max(0, -top), Math.min(TEMPLATE_SIDE, side - top)];
  let sum = 0;
  for (let row = fromRow; row < toRow; row++) {
    const maskRow = (top + row) * side + left;
    const templateRow = row * TEMPLATE_SIDE;
    for (let column = fromColumn; column < toColumn; column++) {
      sum += (mask[maskRow + column] as number) * (template.mask[templateRow + column] as number);
    }
  }
  return sum;
}
