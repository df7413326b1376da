import type { StoredArray } from "../adapters/python/index.js";

/** Token grids of one length as one array, (B, tokens) int32. */
export function storedGrids(grids: readonly Uint16Array[]): StoredArray<Int32Array> {
  const tokens = grids[0]?.length ?? 0;
  const data = new Int32Array(grids.length * tokens);
  for (const [row, grid] of grids.entries()) data.set(grid, row * tokens);
  return { shape: [grids.length, tokens], data };
}
