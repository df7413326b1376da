import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PARTS = [
  "src",
  "scripts",
  "package.json",
  "tsconfig.json",
  "python/pyproject.toml",
  "python/espalier_torch/protocol",
  "python/espalier_torch/quiet.json",
  "python/espalier_torch/secrets.json",
  "docs/settings.md",
];

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "espalier-protocol-"));
  for (const part of PARTS) cpSync(part, join(copy, part), { recursive: true });
  for (const folder of ["node_modules", ".venv"]) symlinkSync(resolve(folder), join(copy, folder));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const read = (path: string) => readFileSync(join(copy, path), "utf8");

async function protocol(...flags: string[]) {
  const command = [join("node_modules", "tsx", "dist", "cli.mjs"), "scripts/build/protocol.ts", ...flags];
  const { exitCode, all } = await execa(process.execPath, command, { cwd: copy, all: true, reject: false });
  return { status: exitCode, text: all };
}

describe("npm run protocol", () => {
  it("is asked for where a default was changed, and changes Python, the docs and what editors show with it", async () => {
    const schema = join(copy, "src/config/schema/training.ts");
    const before = readFileSync(schema, "utf8");
    const after = before.replace(/(averageDecay: averageDecay\()0\)/, "$10.875)");
    expect(after).not.toBe(before);
    writeFileSync(schema, after);

    const checked = await protocol("--check");
    expect(checked.status).toBe(1);
    expect(checked.text).toContain('run "npm run protocol"');
    const stale = ["schema.json", "train_requests.py"].map(
      (name) => `python/espalier_torch/protocol/${name}`,
    );
    expect(checked.text.match(/^ {2}\S+$/gm)?.map((line) => line.trim())).toEqual([
      ...stale,
      "docs/settings.md",
      "src/config/pipeline-settings.ts",
    ]);

    expect((await protocol()).status).toBe(0);
    expect(read("python/espalier_torch/protocol/train_requests.py")).toMatch(
      /average_decay: float = setting\([^)]*0\.875/,
    );
    expect(read("docs/settings.md")).toContain("| `averageDecay` | `0.875` |");
    expect(read("src/config/pipeline-settings.ts")).toMatch(
      /Default: 0\.875\.\s+\*\/\s+averageDecay\?: number/,
    );
    expect((await protocol("--check")).status).toBe(0);
  });
});
