import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parsedLine } from "./docs/parsed-line.js";
import { espalier } from "./espalier-command.js";

const readme = readFileSync("README.md", "utf8");
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

/** Command lines of the shell blocks, without their comments. */
const lines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = ""]) => block.split("\n"))
  .map((line) => line.replace(/\s+#.*$/, "").trim())
  .filter((line) => line !== "");
const ours = lines.filter((line) => line.startsWith("npx espalier "));
const npm = lines.filter((line) => line.startsWith("npm "));

/** Commands of the first screen that take seconds, run in this order in an empty folder. */
const CHEAP = ["doctor", "init", "run my-experiment/pipeline.ts --plan"];

describe("the README", () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("shows the two commands first, then ours", () => {
    expect(lines.slice(0, 2)).toEqual(["npm start", "npm test"]);
    expect(ours.length).toBeGreaterThanOrEqual(CHEAP.length);
  });

  test("names only npm scripts that exist", () => {
    for (const line of npm) {
      const name = line.replace(/^npm (run )?/, "").split(" ")[0] ?? "";
      expect(Object.keys(scripts)).toContain(name);
    }
  });

  test.each(ours)("shows a line that the program takes: %s", (line) => {
    expect(() => parsedLine(line)).not.toThrow();
  });

  test.each(CHEAP)("says what works: %s", async (start) => {
    const line = ours.find((one) => one.startsWith(`npx espalier ${start}`));
    expect(line).toBeDefined();
    const result = await espalier((line as string).split(/\s+/).slice(2), { cwd: folder });
    expect(result.status, result.stderr).toBe(0);
    expect(result.stdout).not.toBe("");
  });

  test("links only to files that exist", () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });
});
