import type { Relation } from "../../records/prompt.js";
import type { Color, Shape } from "../language/vocabulary.js";

/** Side of a scene in pixels, and of a token. */
export const SIDE = 64;
export const TOKEN_SIDE = 8;
/** Token places an object's centre may take along one axis: 1..6, so that its 3 x 3 tokens fit. */
export const PLACES = [1, 2, 3, 4, 5, 6] as const;
/** Objects lie at least this many tokens apart (24 px), so that they never touch. */
export const MIN_APART = 3;

/** Token column and row of an object's centre, each 1..6; the pixel centre is 8k + 4. */
export interface Place {
  readonly column: number;
  readonly row: number;
}

/** One object of a scene: its true class, colour and place. */
export interface SceneObject extends Place {
  readonly shape: Shape;
  readonly color: Color;
}

/** What is drawn: the truth a detector is measured against. */
export interface Scene {
  readonly objects: readonly SceneObject[];
  /** Grey level of the background, 0..255. */
  readonly background: number;
}

/**
 * Whether `one` lies in the relation to `other` beyond doubt: at least MIN_APART tokens along the
 * relation's axis and at most two across, which is inside GenEval's rule (margin 0.1) and outside it for
 * every other relation.
 */
export function clearlyRelated(one: Place, relation: Relation, other: Place): boolean {
  const [right, down] = [one.column - other.column, one.row - other.row];
  const [along, across] = {
    "left of": [-right, down],
    "right of": [right, down],
    above: [-down, right],
    below: [down, right],
  }[relation] as [number, number];
  return along >= MIN_APART && Math.abs(across) < MIN_APART;
}
