import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeFolder } from "../../src/adapters/make-folder.js";
import { StoreError } from "../../src/errors.js";

test("makes a folder with those above it, says why it cannot, and never hangs", () => {
  const root = mkdtempSync(join(tmpdir(), "espalier-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  makeFolder(join(root, "one", "two"));
  makeFolder(join(root, "one", "two"));
  expect(existsSync(join(root, "one", "two"))).toBe(true);
  writeFileSync(join(root, "file"), "");
  expect(() => makeFolder(join(root, "file"))).toThrow("EEXIST");
  expect(() => makeFolder(join(root, "file", "inside"))).toThrow("ENOTDIR");
});

test.skipIf(process.platform !== "linux")("refuses a folder under /proc", () => {
  expect(() => makeFolder("/proc/espalier/inside")).toThrow(StoreError);
  expect(() => makeFolder("/proc/espalier/inside")).toThrow(
    "nobody make one in /proc. Name a folder on a disk.",
  );
});
