import { createHash } from "node:crypto";

/** An unsigned 32-bit number that follows from its parts alone: the first four bytes of sha256 over them as JSON. */
export function hash32(...parts: readonly (string | number)[]): number {
  return digest(parts).readUInt32BE(0);
}

/** `items` in an order that follows from their ids and `parts` alone, whatever order they came in. */
export function shuffledById<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  ...parts: readonly (string | number)[]
): Item[] {
  return items
    .map((item) => ({ item, rank: rankOf(idOf(item), ...parts) }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .map(({ item }) => item);
}

/** Where an id falls in the random order that follows from `parts`: lower hex comes first. */
export function rankOf(id: string, ...parts: readonly (string | number)[]): string {
  return digest([...parts, id]).toString("hex");
}

function digest(parts: readonly (string | number)[]): Buffer {
  return createHash("sha256").update(JSON.stringify(parts)).digest();
}
