import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decidingJudgeTraining, decidingTraining } from "../../src/config/deciding-training.js";
import { judgeTrainingSchema, tuningTrainingSchema } from "../../src/config/schema/judge-training.js";
import { trainingSchema } from "../../src/config/schema/training.js";
import { hashOf } from "../../src/stages/hash.js";

interface Case {
  readonly name: string;
  readonly settings: object;
  /** Hash of what decided, as stages were identified by it before. */
  readonly deciding: string;
  readonly tuning?: boolean;
}

const { trainings, judges }: { trainings: Case[]; judges: Case[] } = JSON.parse(
  readFileSync("test/contract/recorded.json", "utf8"),
);

describe("what decides a training", () => {
  it.each(trainings)("is known by the hash of before: $name", ({ settings, deciding }) => {
    const parsed = trainingSchema.parse(settings);
    expect(hashOf({ ...decidingTraining(parsed), processes: parsed.processes })).toBe(deciding);
  });

  it.each(judges)("and of a judge: $name", ({ settings, deciding, tuning }) => {
    const parsed = (tuning ? tuningTrainingSchema : judgeTrainingSchema).parse(settings);
    expect(hashOf(decidingJudgeTraining(parsed))).toBe(deciding);
  });

  it("had these hashes before settings said themselves whether they decide", () => {
    const { processes, ...deciding } = { processes: 1, ...decidingTraining(trainingSchema.parse({})) };
    expect(hashOf({ ...deciding, processes })).toBe(
      "48ffd56c40abac717f27b4499bd89498dde737a0bb015baf477a616a5e91a1ed",
    );
    expect(hashOf(decidingJudgeTraining(judgeTrainingSchema.parse({})))).toBe(
      "a52c46f4c08f03ccfc0dbc8fff2e6f93f52565722892398302eafa5f5b75ce98",
    );
  });

  it("is neither threads, processes and trackers nor the rhythm of saving", () => {
    const plain = decidingTraining(trainingSchema.parse({}));
    const other = {
      threads: 2,
      processes: 4,
      trackers: ["tensorboard"],
      checkpointEvery: 9,
      keepCheckpoints: 3,
    };
    expect(decidingTraining(trainingSchema.parse(other))).toEqual(plain);
    expect(decidingTraining(trainingSchema.parse({ beta: 0.2 }))).not.toEqual(plain);
  });
});
