import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { systemFault } from "../../src/adapters/system-fault.js";
import { StoreError } from "../../src/errors.js";

const told = (message: string, facts: object) => Object.assign(new Error(message), facts);
const wordsOf = (thrown: unknown) => systemFault(thrown, "there")?.message;

test.each([
  [{ code: "ENOSPC", syscall: "write" }, /^A file of there cannot be written: no space is left .* Make room/],
  [
    { code: "EROFS", syscall: "mkdir", path: "/a" },
    /^\/a cannot be made: .*read-only .*choose another place/,
  ],
  [{ code: "EMFILE", syscall: "open", path: "/a" }, /^\/a cannot be read: too many files are open/],
  [{ code: "ENOENT", syscall: "uv_cwd" }, /^The working folder cannot be used/],
  [{ code: "ENOENT", syscall: "spawn uv", path: "uv" }, /^uv cannot be started: there is no such file/],
  [{ code: "ECONNREFUSED", syscall: "connect" }, /^Another machine cannot be reached: nobody answers/],
  [{ code: "SQLITE_IOERR_WRITE" }, /^The ledger of there cannot be used: the disk/],
  [{ code: "ENOTSUP", syscall: "open", path: "/a" }, /^\/a cannot be read: not supported \(ENOTSUP\)/],
])("%j is told with path, reason and cure", (facts, words) => {
  const error = told(`${facts.code}: not supported, open '/a'`, facts);
  expect(wordsOf(error)).toMatch(words);
  expect(wordsOf(new Error("wrapped", { cause: new AggregateError([error]) }))).toMatch(words);
});

test("an error of Node itself is told", () => {
  try {
    readFileSync(".");
  } catch (error) {
    expect(wordsOf(error)).toMatch(/cannot be read: it is a folder/);
  }
  expect.assertions(1);
});

test.each([
  new TypeError("x is undefined"),
  told("near 'x': syntax error", { code: "SQLITE_ERROR" }),
  told("UNIQUE", { code: "SQLITE_CONSTRAINT_UNIQUE" }),
  new StoreError("told already"),
  "a text",
])("a fault of ours is left as it is: %s", (thrown) => expect(systemFault(thrown, "there")).toBeUndefined());
