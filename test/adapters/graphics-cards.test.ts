import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { visibleCards } from "../../src/adapters/graphics-cards.js";

/** An environment in which `nvidia-smi` is a shell script. */
function withDriver(script: string) {
  const folder = mkdtempSync(join(tmpdir(), "espalier-cards-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "nvidia-smi"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "nvidia-smi"), 0o755);
  return { PATH: [folder, process.env["PATH"]].join(delimiter) };
}

test("are those of the driver", () => {
  const driver = withDriver(
    'test "$1 $2" = "--query-gpu=uuid --format=csv,noheader" && printf "GPU-a\\nGPU-b\\n"',
  );
  expect(visibleCards(driver)).toEqual(["GPU-a", "GPU-b"]);
});

test("are those that the environment allows, whatever the driver knows", () => {
  const driver = withDriver('printf "GPU-a\\nGPU-b\\n"');
  expect(visibleCards({ ...driver, CUDA_VISIBLE_DEVICES: "4, 6" })).toEqual(["4", "6"]);
  expect(visibleCards({ ...driver, CUDA_VISIBLE_DEVICES: "" })).toEqual([]);
  expect(visibleCards({ ...driver, CUDA_VISIBLE_DEVICES: "2,-1,3" })).toEqual(["2"]);
});

test("are none without a driver that answers", () => {
  expect(visibleCards({ PATH: tmpdir() })).toEqual([]);
  expect(visibleCards(withDriver('echo "NVIDIA-SMI has failed"; exit 9'))).toEqual([]);
  expect(visibleCards(withDriver('echo "No devices were found"'))).toEqual([]);
});
