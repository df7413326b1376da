/**
 * Works on several items at once and yields what comes of them in their order, so that the first fault heard of is the first there
 * is. Never more than `atOnce` are in memory.
 */
export async function* inOrder<In, Out>(
  items: AsyncIterable<In>,
  atOnce: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const source = items[Symbol.asyncIterator]();
  const pending: Promise<Out>[] = [];
  let open = true;
  try {
    while (open || pending.length > 0) {
      while (open && pending.length < atOnce) open = await begin();
      const [first] = pending.splice(0, 1);
      if (first !== undefined) yield await first;
    }
  } finally {
    // Whoever stops at a fault finds nothing at work any more.
    await Promise.allSettled(pending);
    await source.return?.();
  }

  async function begin(): Promise<boolean> {
    const next = await source.next().catch((error: unknown) => ({ error }));
    if ("done" in next && next.done === true) return false;
    const one = "error" in next ? Promise.reject(next.error) : work((next as IteratorYieldResult<In>).value);
    // Heard of when its turn comes.
    one.catch(() => undefined);
    pending.push(one);
    return !("error" in next);
  }
}
