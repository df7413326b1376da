import type { PromptMetadata } from "../records/prompt.js";
import { type Scene, type SceneObject, SIDE, TOKEN_SIDE } from "./drawing/scene.js";
import { readStatement } from "./language/statement.js";

/** Most objects that a scene holds: five do not fit. */
export const MOST_OBJECTS = 4;
/** In `placesOf`: no object. */
export const NO_PLACE = 255;
/** In `phrasesOf`. */
export const NO_PHRASE = 0;

const COLUMNS = SIDE / TOKEN_SIDE;

/** The token that each object's centre lies in, row-major, shape (MOST_OBJECTS,); NO_PLACE after the last object. */
export function placesOf({ objects }: Scene): Uint16Array {
  return Uint16Array.from({ length: MOST_OBJECTS }, (_, index) => {
    const object = objects[index];
    return object === undefined ? NO_PLACE : object.row * COLUMNS + object.column;
  });
}

/**
 * Which thing of a caption, true or false, each object is: 1 the first, 2 the second, NO_PHRASE neither, shape (MOST_OBJECTS,). The noun
 * decides, and the colour where one shape is named twice: "a red ring" is about a ring, red or not.
 */
export function phrasesOf(metadata: PromptMetadata, { objects }: Scene): Uint16Array {
  const { first, second } = readStatement(metadata);
  const phraseOf = ({ shape, color }: SceneObject): number => {
    const named = [first, second].map((phrase) => phrase?.shape === shape);
    const isTwice = named.every(Boolean);
    const found = [first, second].findIndex(
      (phrase, index) => named[index] && (!isTwice || phrase?.color === color),
    );
    return found + 1;
  };
  return Uint16Array.from({ length: MOST_OBJECTS }, (_, index) => {
    const object = objects[index];
    return object === undefined ? NO_PHRASE : phraseOf(object);
  });
}
