import { COLORS, type Color } from "../language/vocabulary.js";

/** Smaller patches are noise. */
const MIN_CORE = 12;
/** The soft mask reaches this many pixels beyond the core: the width of a blurred edge. */
const EDGE = 3;
/** Pixels of one colour that touch. */
export interface Patch {
  readonly color: Color;
  /** Its pixels. */
  readonly core: number;
}

/** Patches of one label connected by sides; `owners` holds the patch number + 1 of each pixel, 0 where none. */
export function connectedPatches(labels: Uint8Array, width: number, height: number) {
  const owners = new Uint8Array(labels.length);
  const seen = new Uint8Array(labels.length);
  const patches: Patch[] = [];
  for (let start = 0; start < labels.length; start++) {
    const label = labels[start] as number;
    if (label === 0 || seen[start]) continue;
    const members = flood(labels, seen, start, width, height);
    if (members.length < MIN_CORE || patches.length === 255) continue;
    patches.push({ color: COLORS[label - 1] as Color, core: members.length });
    for (const member of members) owners[member] = patches.length;
  }
  return { owners, patches };
}

function flood(labels: Uint8Array, seen: Uint8Array, start: number, width: number, height: number): number[] {
  const members = [start];
  seen[start] = 1;
  for (let next = 0; next < members.length; next++) {
    const at = members[next] as number;
    for (const neighbour of neighboursOf(at, width, height)) {
      if (seen[neighbour] || labels[neighbour] !== labels[start]) continue;
      seen[neighbour] = 1;
      members.push(neighbour);
    }
  }
  return members;
}

/** Gives each pixel within EDGE of a patch to the nearest patch. */
export function growOwners(owners: Uint8Array, width: number, height: number): void {
  let front = Array.from(owners.keys()).filter((at) => owners[at] !== 0);
  for (let ring = 0; ring < EDGE; ring++) {
    const grown: number[] = [];
    for (const at of front) {
      for (const neighbour of neighboursOf(at, width, height)) {
        if (owners[neighbour] !== 0) continue;
        owners[neighbour] = owners[at] as number;
        grown.push(neighbour);
      }
    }
    front = grown;
  }
}

function neighboursOf(at: number, width: number, height: number): number[] {
  const column = at % width;
  const found: number[] = [];
  if (column > 0) found.push(at - 1);
  if (column < width - 1) found.push(at + 1);
  if (at >= width) found.push(at - width);
  if (at < width * (height - 1)) found.push(at + width);
  return found;
}
