import { execa } from "execa";
import { expect, test } from "vitest";
import { models } from "../../adapters/onnx/models.js";

test("the benchmark's last line is one JSON object with its five numbers", { timeout: 180_000 }, async () => {
  const command = ["--import", "tsx", "scripts/bench/sampling.ts", "--quick", "--model", models("generator")];
  const { stdout } = await execa(process.execPath, command);
  const lines = stdout.split("\n");
  const found: Record<string, number> = JSON.parse(lines.at(-1) as string);
  const names = ["images_per_second", "bare_images_per_second", "overhead", "peak_mb_small", "peak_mb_large"];
  expect(Object.keys(found)).toEqual(names);
  expect(Object.values(found).every(Number.isFinite)).toBe(true);
  expect(found["images_per_second"]).toBeGreaterThan(0);
});
