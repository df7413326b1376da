import type { ImageHandle } from "../records/image.js";

/** What is wrong with a finished token grid, in a sentence; undefined when it is fit to be looked at. A picture has none. */
export function gridComplaint(
  grid: Uint16Array | undefined,
  tokens: number,
  codebookSize: number,
): string | undefined {
  if (grid === undefined) return `Expected a grid of ${tokens} tokens, got ${NO_GRID}.`;
  if (grid.length !== tokens) return `Expected a grid of ${tokens} tokens, got ${grid.length}.`;
  const strange = grid.findIndex((token) => token >= codebookSize);
  if (strange === -1) return undefined;
  return `Expected tokens below ${codebookSize}, got ${grid[strange]} at position ${strange}.`;
}

/** The tokens of an image that is a grid. Throws RangeError for a picture. */
export function tokensOf({ tokens }: ImageHandle): Uint16Array {
  if (tokens === undefined) throw new RangeError(`Expected a token grid, got ${NO_GRID}.`);
  return tokens;
}

const NO_GRID = "a picture, of which no tokens are known";
