import { execa } from "execa";
import { expect, test } from "vitest";

test("the pruning benchmark's last line says what PARM saved and how full its passes were", {
  timeout: 180_000,
}, async () => {
  const command = ["--import", "tsx", "scripts/bench/pruning.ts", "--quick", "--n", "4"];
  const { stdout } = await execa(process.execPath, command);
  const lines = stdout.split("\n");
  const found = JSON.parse(lines.at(-1) as string);
  // Half of the paths are cut half-way, give or take what 16 paths leave to chance.
  expect(found.nfe_share).toBeGreaterThan(0.5);
  expect(found.nfe_share).toBeLessThan(1);
  expect(found.speed_up).toBeGreaterThan(0);
  expect(found.batches_full.parm).toBeGreaterThan(0.5);
});
