import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

test("what the package exports is declared as before, by name and by signature", {
  timeout: 600_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-public-api-"));
  try {
    const file = join(folder, "public-api.txt");
    await execa(process.execPath, ["--import", "tsx", "scripts/build/public-api.ts", file]);
    const now = readFileSync(file, "utf8");
    expect(now, "npm run api, and a changeset").toBe(readFileSync("test/contract/public-api.txt", "utf8"));
    for (const said of ["export declare function search(", "======== espalier/testing", "class FakeJudge"])
      expect(now).toContain(said);
    expect(now).not.toContain("drizzle");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
