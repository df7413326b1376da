/**
 * Deals a stream out in groups of `size`: the function returned gives group `index`. Groups are asked for in rising
 * order; those left out are skipped over, and nothing but the group asked for is held.
 */
export function chunkStream<Item>(
  items: AsyncIterator<Item>,
  size: number,
): (index: number) => Promise<readonly Item[]> {
  let place = 0;
  return async (index) => {
    if (index * size < place) throw new Error(`Group ${index} was asked for after a later one.`);
    const group: Item[] = [];
    for (; place < (index + 1) * size; place++) {
      const { value, done } = await items.next();
      if (done === true) break;
      if (place >= index * size) group.push(value);
    }
    return group;
  };
}
