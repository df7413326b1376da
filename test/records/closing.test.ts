import { expect, test, vi } from "vitest";
import { closeAll, closingAfter } from "../../src/records/closing.js";

const part = (failure?: string) => ({
  close: vi.fn(async () => {
    if (failure !== undefined) throw new Error(failure);
  }),
});

test("closes every part, whatever could not be opened or closed, and throws the first failure", async () => {
  const parts = [part(), part("one stuck"), part("another stuck"), part()] as const;
  const unopened = Promise.reject(new Error("no such detector"));
  const closing = closeAll([parts[0], unopened, parts[1], undefined, Promise.resolve(parts[2]), parts[3]]);
  await expect(closing).rejects.toThrow("one stuck");
  expect(parts.map(({ close }) => close.mock.calls.length)).toEqual([1, 1, 1, 1]);
});

test("tells the work's failure before that of closing", async () => {
  const opened = part("stuck");
  const parts = () => [opened];
  const failing = closingAfter(() => Promise.reject(new Error("the work failed")), parts);
  await expect(failing).rejects.toThrow("the work failed");
  await expect(closingAfter(async () => 1, parts)).rejects.toThrow("stuck");
  expect(opened.close).toHaveBeenCalledTimes(2);
});
