import type { Key } from "./marks.tsx";

const MARKS: Readonly<Record<string, Key>> = { k: "keep", d: "drop", f: "flag" };

/** Keys of a grid of links: arrows move among them, letters mark the one that has the focus. */
export function gridKeys(event: KeyboardEvent, mark: (subject: string, key: Key) => void): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const grid = event.currentTarget as HTMLElement;
  const tiles = [...grid.querySelectorAll<HTMLElement>("[data-subject]")];
  const at = tiles.indexOf(document.activeElement as HTMLElement);
  const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  const moves: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
  };
  const move = moves[event.key];
  if (move !== undefined && at >= 0) {
    event.preventDefault();
    tiles[Math.max(0, Math.min(tiles.length - 1, at + move))]?.focus();
  }
  const key = MARKS[event.key.toLowerCase()];
  const subject = tiles[at]?.dataset["subject"];
  if (key !== undefined && subject !== undefined) mark(subject, key);
}
