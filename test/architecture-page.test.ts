import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PAGE = readFileSync("docs/architecture.md", "utf8");
/** Where a path of the page may begin. */
const ROOTS = [".", "src", "python/espalier_torch"];

test("docs/architecture.md names files and folders that are there", () => {
  const inline = PAGE.replace(/```[\s\S]*?```/g, "").matchAll(/`([\w./-]+\/[\w./-]*|[\w-]+\.(?:ts|py))`/g);
  const named = [...inline].map(([, path = ""]) => path).filter((path) => !path.includes("NAME"));
  expect(named.length).toBeGreaterThan(30);
  let folder = "";
  const lost = named.filter((path) => {
    // A bare file is of the folder named before it.
    if (!path.includes("/")) return !ROOTS.some((root) => existsSync(join(root, folder, path)));
    folder = path.slice(0, path.lastIndexOf("/"));
    return !ROOTS.some((root) => existsSync(join(root, path)));
  });
  expect(lost).toEqual([]);
});

test("docs/architecture.md shows every folder of the first level", () => {
  for (const root of ["src", "python/espalier_torch"]) {
    const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const shown = folders.map(({ name }) => name).filter((name) => holdsSources(join(root, name)));
    expect(shown.filter((name) => !PAGE.includes(`${name}/`))).toEqual([]);
  }
});

/** Python leaves a folder of its cache behind where sources were. */
function holdsSources(folder: string): boolean {
  return !folder.endsWith("__pycache__") && readdirSync(folder).some((name) => name !== "__pycache__");
}
