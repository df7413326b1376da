import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { CheckpointError, ConfigError, TrainerError } from "../../src/errors.js";
import { TorchDetector } from "../../src/families/torch-detector.js";
import { COLORS } from "../../src/geneval/colors.js";
import { evaluateImage } from "../../src/geneval/evaluate.js";
import { COCO_CLASSES } from "../../src/geneval/vocabulary.js";
import type { Pixels } from "../../src/records/image.js";

const WORKER = fileURLToPath(new URL("../fixtures/python/detects.mjs", import.meta.url));
const TINY = fileURLToPath(new URL("../../python/tests/tiny_detectors.py", import.meta.url));

let folder: string;
let opened: TorchDetector[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-detector-"));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((detector) => detector.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(mode = "well", objects = "mask2former", quietSeconds = 60): Promise<TorchDetector> {
  const detector = await TorchDetector.open({
    objects,
    colors: "clip",
    batch: 2,
    command: [process.execPath, WORKER, mode, join(folder, "marker")],
    quietSeconds,
  });
  opened.push(detector);
  return detector;
}

/** A picture whose first byte the worker reports as x of the only box. */
function picture(first: number, width = 4, height = 3): Pixels {
  return { width, height, data: new Uint8Array(width * height * 3).fill(first) };
}

describe("a torch detector", () => {
  it("answers for each picture in order, whatever its size, in batches", async () => {
    const detector = await start();
    const found = await detector.detect([picture(1), picture(2, 5), picture(3), picture(4), picture(5, 5)]);
    expect(found.map(([object]) => object?.box)).toEqual([
      [1, 4, 3, 2],
      [2, 5, 3, 2],
      [3, 4, 3, 2],
      [4, 4, 3, 1],
      [5, 5, 3, 2],
    ]);
    expect(await detector.detect([])).toEqual([]);
  });

  it("tells the worker GenEval's colours, wordings and lowest threshold", async () => {
    const [[object] = []] = await (await start()).detect([picture(0)]);
    expect(object).toMatchObject({ class: `${COLORS.length} colours, 3 wordings`, score: 0.3 });
  });

  it.each(["dies", "hangs", "lies"])(
    "that %s fails the call and goes on in another process",
    async (mode) => {
      const detector = await start(mode, "mask2former", mode === "hangs" ? 3 : 60);
      await expect(detector.detect([picture(1)])).rejects.toThrow(TrainerError);
      expect(await detector.detect([picture(1)])).toHaveLength(1);
    },
  );

  it("is refused when its weights changed while the worker was down, or are not there", async () => {
    const detector = await start("changes");
    await expect(detector.detect([picture(1)])).rejects.toThrow(TrainerError);
    await expect(detector.detect([picture(1)])).rejects.toThrow(CheckpointError);
    await expect(start("well", "missing")).rejects.toThrow(new ConfigError("No config.json in missing"));
  });
});

describe("a detector made of tiny models in the released formats", () => {
  it("finds objects that GenEval's rules can be asked about", { timeout: 900_000 }, async () => {
    await execa(pythonCommand(), [TINY, folder], { timeout: 600_000 });
    const [objects, colors] = [join(folder, "mask2former"), join(folder, "clip")];
    const detector = await TorchDetector.open({ objects, colors, device: "cpu", threads: 1 });
    opened.push(detector);
    expect(detector.identity).toMatch(/^mask2former-clip:[0-9a-f]{64}$/);
    expect([...detector.classes].sort()).toEqual([...COCO_CLASSES].sort());
    const data = Uint8Array.from(
      { length: 48 * 40 * 3 },
      (_, place) => (place * 97 + (place >> 5) * 31) % 256,
    );
    const [found = []] = await detector.detect([{ width: 48, height: 40, data }]);
    expect(found.length).toBeGreaterThan(0);
    const [best] = found;
    expect(COLORS).toContain(best?.color);
    const include = [{ class: best?.class ?? "", count: 1, color: best?.color ?? "" }];
    const asked = { tag: "colors", include, prompt: "a photo" };
    expect(evaluateImage(found, asked)).toMatchObject({ correct: true });
  });
});
