import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseServeEvent, serveEventSchema } from "../../src/adapters/python/index.js";
import { CheckpointError, ConfigError, TrainerError, VerifierError } from "../../src/errors.js";
import { openTorch, type TorchModels } from "../../src/families/torch.js";
import type { Judge, Path } from "../../src/records/seams.js";

const SETTINGS = { steps: 4, guidanceScale: 1.75, temperature: 1, schedule: "cosine" } as const;
const PROMPT = { id: "0123456789abcdef", text: "a photo of a bench" };
const WORKER = fileURLToPath(new URL("../fixtures/python/serves.mjs", import.meta.url));

let folder: string;
let opened: TorchModels[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-torch-"));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((models) => models.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(mode = "well", generator = "show-o", quietSeconds = 60): Promise<TorchModels> {
  const models = await openTorch({
    settings: SETTINGS,
    models: { generator, textTokenizer: "phi", imageTokenizer: "magvit", judge: "parm", slots: 2 },
    command: [process.execPath, WORKER, mode, join(folder, "marker")],
    logFile: join(folder, "serve.log"),
    quietSeconds,
  });
  opened.push(models);
  return models;
}

async function finished({ sampler }: TorchModels, seeds: readonly number[]) {
  const paths = seeds.map((seed) => sampler.open(PROMPT, seed));
  while (paths.some((path) => !path.done)) await sampler.advance(paths);
  return sampler.finish(paths);
}

describe("a torch sampler", () => {
  it("runs paths to their ends, in batches of its slots, and the same in any company", async () => {
    const models = await start();
    const together = await finished(models, [1, 2, 3]);
    const [alone] = await finished(models, [2]);
    expect(together).toHaveLength(3);
    expect(alone).toEqual(together[1]);
    expect(together[0]?.tokens).not.toEqual(together[1]?.tokens);
    expect([...new Set(alone?.committedAt)].sort()).toEqual([0, 1, 2, 3]);
    expect(alone).toMatchObject({ checkpoint: "a".repeat(64), status: "finished", steps: 4 });
    expect(models.sampler.nfe).toBe(4 * 4 * 2);
  });

  it("decodes only when someone looks", async () => {
    const models = await start();
    const [candidate] = await finished(models, [5]);
    const image = models.image(candidate?.tokens as Uint16Array);
    const pixels = await image.pixels();
    expect(pixels).toMatchObject({ width: 2, height: 2 });
    expect([...pixels.data]).toEqual(Array(12).fill(candidate?.tokens[0]));
  });

  it.each(["dies", "hangs", "lies", "fails"])(
    "that %s fails the call in flight and goes on in another process",
    async (mode) => {
      const models = await start(mode, "show-o", mode === "hangs" ? 3 : 60);
      const path = models.sampler.open(PROMPT, 7);
      await expect(models.sampler.advance([path])).rejects.toThrow(TrainerError);
      expect(path.step).toBe(0);
      await advanceToEnd(models, path);
      const [after] = models.sampler.finish([path]);
      const [undisturbed] = await finished(await start(), [7]);
      expect(after?.tokens).toEqual(undisturbed?.tokens);
      expect(readFileSync(join(folder, "serve.log"), "utf8")).toContain("about to fail");
    },
  );

  it("refuses a generator that changed on disk while the worker was down", async () => {
    const models = await start("changes");
    const path = models.sampler.open(PROMPT, 7);
    await expect(models.sampler.advance([path])).rejects.toThrow(TrainerError);
    await expect(models.sampler.advance([path])).rejects.toThrow(CheckpointError);
  });

  it("says what the worker refused, and how a failure looked", async () => {
    await expect(start("well", "missing")).rejects.toThrow(new ConfigError("No config.json in missing"));
    const models = await start("fails");
    const failure = models.sampler.advance([models.sampler.open(PROMPT, 7)]);
    await expect(failure).rejects.toThrow(
      /request "draw".*OutOfMemoryError: CUDA out of memory[\s\S]*about to fail/,
    );
  });
});

async function advanceToEnd({ sampler }: TorchModels, path: Path): Promise<void> {
  while (!path.done) await sampler.advance([path]);
}

describe("a torch judge", () => {
  const image = (first: number, length = 16) => {
    const tokens = new Uint16Array(length).fill(first);
    return { prompt: PROMPT, image: { tokens, pixels: () => Promise.reject(new Error("not looked at")) } };
  };

  it("scores images by their tokens; one it cannot read or score is a failed verdict", async () => {
    const judge = (await start()).judge as Judge;
    expect(judge.questions).toEqual(["outcome", "clarity"]);
    const verdicts = await judge.ask("outcome", [image(16), image(3, 5), image(13), image(32)]);
    expect(verdicts.map(({ kind }) => kind)).toEqual(["scored", "failed", "failed", "scored"]);
    expect(verdicts[0]).toEqual({ kind: "scored", score: 0.25 });
    expect(verdicts[3]).toEqual({ kind: "scored", score: 0.5 });
    await expect(judge.ask("potential", [image(1)])).rejects.toThrow(VerifierError);
  });
});

describe("the contract of serving workers", () => {
  it("parses, and holds every event there is", () => {
    const file = new URL("../contract/serve-events.jsonl", import.meta.url);
    const lines = readFileSync(file, "utf8").trim().split("\n");
    const names = lines.map((line) => parseServeEvent(line).event);
    expect(new Set(names)).toEqual(new Set(serveEventSchema.options.map((one) => one.shape.event.value)));
    expect(() => parseServeEvent('{"event": "draw-end"}')).toThrow(/breaks the protocol/);
    expect(() => parseServeEvent("hello")).toThrow(/not JSON/);
  });
});
