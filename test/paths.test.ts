import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { StoreError } from "../src/errors.js";
import { relativeTo, resolveInside, shardFile, workspacePaths } from "../src/paths.js";

test("a workspace names its files, whatever way its root is written", () => {
  expect(workspacePaths("some/place").database).toBe(resolve("some/place/espalier.db"));
  expect(workspacePaths("/a/b/../c/")).toEqual({
    root: "/a/c",
    database: "/a/c/espalier.db",
    arrow: "/a/c/arrow",
    checkpoints: "/a/c/checkpoints",
    reports: "/a/c/reports",
  });
});

test("paths inside resolve", () => {
  const root = temporaryFolder();
  expect(resolveInside(root, "arrow/x/0.arrow")).toBe(join(root, "arrow/x/0.arrow"));
  expect(resolveInside(root, "a/../b")).toBe(join(root, "b"));
  expect(resolveInside(root, "..hidden")).toBe(join(root, "..hidden"));
  expect(resolveInside(root, ".")).toBe(root);
});

test.each(["..", "../sibling", "a/../../b", "/etc/passwd", "/", "a\0b"])(
  "%j escapes and is refused",
  (path) => {
    expect(() => resolveInside(temporaryFolder(), path)).toThrow(StoreError);
  },
);

test("a folder whose name begins like the root's is outside", () => {
  const root = temporaryFolder();
  mkdirSync(`${root}-other`);
  onTestFinished(() => rmSync(`${root}-other`, { recursive: true }));
  expect(() => resolveInside(root, `../${root.split("/").at(-1)}-other/file`)).toThrow(/leaves its folder/);
});

test("a link that leads out is refused, also for a file that is not there yet", () => {
  const root = temporaryFolder();
  symlinkSync(tmpdir(), join(root, "link"));
  expect(() => resolveInside(root, "link/new.arrow")).toThrow(/leaves its folder/);
});

test("relativeTo undoes resolveInside and refuses what is outside", () => {
  const root = temporaryFolder();
  expect(relativeTo(root, join(root, "arrow", "a.arrow"))).toBe("arrow/a.arrow");
  expect(relativeTo(root, "arrow/a.arrow")).toBe("arrow/a.arrow");
  expect(() => relativeTo(root, "/etc/passwd")).toThrow(StoreError);
});

test("shard files are named by stage and index, in an order that sorts", () => {
  const stage = { name: "evaluation-plain", id: "00ff" };
  expect(shardFile(stage, 7)).toBe("arrow/evaluation-plain-00ff/00007.arrow");
  expect(shardFile(stage, 10) > shardFile(stage, 9)).toBe(true);
  expect(() => shardFile({ ...stage, name: "../up" }, 0)).toThrow(StoreError);
  expect(() => shardFile(stage, -1)).toThrow(StoreError);
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "espalier-paths-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
