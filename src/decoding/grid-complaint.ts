/** What is wrong with a finished token grid, in a sentence; undefined when it is fit to be looked at. */
export function gridComplaint(grid: Uint16Array, tokens: number, codebookSize: number): string | undefined {
  if (grid.length !== tokens) return `Expected a grid of ${tokens} tokens, got ${grid.length}.`;
  const strange = grid.findIndex((token) => token >= codebookSize);
  if (strange === -1) return undefined;
  return `Expected tokens below ${codebookSize}, got ${grid[strange]} at position ${strange}.`;
}
