import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCheckpoint } from "../../src/adapters/onnx/checkpoint.js";
import type { TrainRequest } from "../../src/adapters/python/index.js";
import type { RunConfig } from "../../src/config/freeze-config.js";
import { imageSource } from "../../src/decoding/image-source.js";
import type { Family } from "../../src/families/family.js";
import type { Candidate } from "../../src/records/candidate.js";
import type { Path } from "../../src/records/seams.js";
import { FakeDecoder, FakeDetector, FakeSampler } from "../../src/testing.js";
import { relabelled, tinyConfig, tinyFamily } from "./tiny-run.js";

const GOOD = 31;
const SHAPES = ["circle", "square", "triangle", "star", "heart", "cross", "ring", "diamond"];

/** Three rounds over the eight single objects, labelled by the detector, half of them for validation. */
export function gradedConfig(folder: string): RunConfig {
  const file = join(folder, "shapes.txt");
  writeFileSync(file, `${SHAPES.map((shape) => `a ${shape}`).join("\n")}\n`);
  return tinyConfig(folder, {
    // FakeSampler's settings.
    sampler: { steps: 4, guidanceScale: 2, temperature: 1, slots: 4 },
    prompts: { train: { file }, heldOut: { file, validationShare: 0.5 } },
    round: { prompts: 4, candidates: { perPrompt: 6 } },
    rounds: 3,
    gate: { images: { perPrompt: 20 } },
    // The same single shapes are trained on and evaluated, on purpose.
    evaluation: { leaks: { rule: "report" } },
    shardImages: 40,
  });
}

/**
 * A family without networks, whose checkpoints have known skill: `skills[round]` of the images show every single
 * object, the rest show none. Round 0 is the base.
 */
export function gradedFamily(skills: readonly number[], more: Partial<Family> = {}): Family {
  const roundOf = new Map<string, number>();
  const train = async (request: TrainRequest) => {
    const trained = await relabelled(request);
    roundOf.set(trained.identity, request.round as number);
    return trained;
  };
  const decoder = new FakeDecoder();
  return tinyFamily({
    openDecoder: async () => ({
      identity: "fake-decoder",
      decode: (grids) => decoder.decode(grids),
      image: imageSource(decoder),
      close: async () => undefined,
    }),
    openSampler: async (folder) => {
      const { identity } = readCheckpoint(folder, "generator");
      return new GradedSampler(identity, skills[roundOf.get(identity) ?? 0] as number);
    },
    openDetector: () =>
      new FakeDetector(({ data }) =>
        data[0] === GOOD
          ? SHAPES.map((shape) => ({ class: shape, box: [0, 0, 3, 3], score: 1, color: "red" }))
          : [],
      ),
    train,
    ...more,
  });
}

/** Marks the first token of each image good or bad by its seed and the checkpoint's skill. */
class GradedSampler extends FakeSampler {
  constructor(
    checkpoint: string,
    readonly skill: number,
  ) {
    super({ checkpoint, steps: 4 });
  }

  override finish(paths: readonly Path[]): Candidate[] {
    return super.finish(paths).map((candidate) => {
      candidate.tokens[0] = candidate.seed / 2 ** 32 < this.skill ? GOOD : 0;
      return candidate;
    });
  }
}
