import { execa } from "execa";
import { expect, test } from "vitest";

test("the benchmark's last line is one JSON object with its four numbers", { timeout: 180_000 }, async () => {
  const line = "scripts/bench/pictures.ts --pictures 24 --small 8 --kilobytes 10";
  const { stdout } = await execa(process.execPath, ["--import", "tsx", ...line.split(" ")]);
  const found: Record<string, number> = JSON.parse(stdout.split("\n").at(-1) as string);
  expect(Object.keys(found)).toEqual([
    "pictures_per_second",
    "peak_mb_1k",
    "peak_mb_100k",
    "bytes_added_per_picture",
  ]);
  expect(Object.values(found).every((value) => Number.isFinite(value) && value > 0)).toBe(true);
});
