import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const COMMITTED = join(import.meta.dirname, "../../contract/exports");

test("the samples that Python opens are what the exporters write", async () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-exports-"));
  try {
    await execa(process.execPath, ["--import", "tsx", "scripts/build/export-samples.ts", folder]);
    const files = filesOf(COMMITTED);
    expect(files.length).toBeGreaterThan(12);
    expect(filesOf(folder)).toEqual(files);
    for (const file of files) {
      expect(readFileSync(join(folder, file)).equals(readFileSync(join(COMMITTED, file))), file).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort();
}
