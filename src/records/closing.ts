/** What holds a file, a model or a process until it is closed. */
export interface Closable {
  close(): void | Promise<void>;
}

/** Something closable, perhaps still being opened; what never came to be needs no closing. */
type Opened = Closable | Promise<Closable> | undefined;

/** Closes every part in turn, whatever fails on the way, then throws the first failure. */
export async function closeAll(parts: Iterable<Opened>): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts) {
    // Whoever opened it was told why it could not be.
    const opened = await Promise.resolve(part).catch(() => undefined);
    try {
      await opened?.close();
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Works, then closes every part. Where both fail, the work's failure is the one to know. */
export async function closingAfter<Result>(
  work: () => Promise<Result>,
  parts: () => Iterable<Opened>,
): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (failure) {
    await closeAll(parts()).catch(() => undefined);
    throw failure;
  }
  await closeAll(parts());
  return result;
}
