import { describe, expect, it } from "vitest";
import { freezeConfig } from "../../src/config/freeze-config.js";
import { ConfigError } from "../../src/errors.js";

function messageOf(input: unknown): string {
  try {
    freezeConfig(input, "pipelines/mine.ts");
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("the settings were accepted");
}

describe("freezeConfig", () => {
  it("fills in every default and freezes the result to the leaves", () => {
    const config = freezeConfig({ name: "mine" });
    expect(config.rounds).toHaveLength(2);
    expect(config.rounds[0]?.reference).toBe("previous");
    expect(config.evaluation.rows.map(({ verifier }) => verifier.kind)).toEqual(["none", "orm"]);
    expect(() => Object.assign(config.rounds[0]?.training ?? {}, { beta: 1 })).toThrow(TypeError);
  });

  it("gives each round the shared settings and lets a round change its own", () => {
    const config = freezeConfig({
      name: "mine",
      round: { prompts: 50, training: { steps: 7 }, mining: { policy: "random-yes-no", pairsPerPrompt: 4 } },
      rounds: [{}, { training: { beta: 0.5 }, mining: { policy: "best-versus-worst", margin: 0.2 } }],
    });
    expect(config.rounds.map(({ prompts, training }) => [prompts, training.steps, training.beta])).toEqual([
      [50, 7, 0.1],
      [50, 7, 0.5],
    ]);
    expect(config.rounds[1]?.mining).toEqual({ policy: "best-versus-worst", pairsPerPrompt: 1, margin: 0.2 });
  });

  it.each([
    [{ name: "mine", sede: 1 }, 'Unknown setting "sede"; did you mean "seed"? (pipelines/mine.ts)'],
    [
      { name: "mine", round: { training: { beat: 0.1 } } },
      'Unknown setting "round.training.beat"; did you mean "beta"? (pipelines/mine.ts)',
    ],
    [
      { name: "mine", round: { mining: { policy: "random-yes-no", pairsPerPromt: 2 } } },
      'Unknown setting "round.mining.pairsPerPromt"; did you mean "pairsPerPrompt"? (pipelines/mine.ts)',
    ],
    [
      { name: "mine", round: { training: { beta: -0.1 } } },
      'Expected "round.training.beta" to be a positive number, at most 1000000, got -0.1 (pipelines/mine.ts)',
    ],
    [
      { name: "mine", rounds: [{}, { reference: "best" }] },
      'Expected "rounds[1].reference" to be "base", "previous" or { fixed: CHECKPOINT }, got "best" (pipelines/mine.ts)',
    ],
    [
      { name: "mine", rounds: [{}, { mining: { policy: "per-step" } }] },
      'Expected "rounds[1].forks" to be { each, after } for the mining policy per-step, whose pairs part from one state, got null (pipelines/mine.ts)',
    ],
    [
      { name: "mine", sampler: { steps: 4 }, rounds: [{ forks: { after: [2, 4] } }] },
      'Expected "rounds[0].forks.after" to be below the sampler\'s 4 steps, got 4 (pipelines/mine.ts)',
    ],
    [
      { name: "Mine!" },
      'Expected "name" to be lower-case letters, digits and dashes, got "Mine!" (pipelines/mine.ts)',
    ],
    [
      { name: "mine", rounds: -1 },
      'Expected "rounds" to be a number of rounds from 0 to 1000 or a list of rounds, got -1 (pipelines/mine.ts)',
    ],
  ])("refuses %j", (input, message) => {
    expect(messageOf(input)).toBe(message);
  });

  it("lists all faults at once, each of a shared round once", () => {
    const message = messageOf({
      sampler: { steps: 0 },
      round: { candidates: { perPrompt: 0 } },
      rounds: [{ prompts: "many" }, { trainning: {} }],
    });
    expect(message.split("\n")).toEqual([
      "5 settings of pipelines/mine.ts are wrong:",
      '  Expected "name" to be lower-case letters, digits and dashes, got nothing',
      '  Expected "sampler.steps" to be a whole number from 1 to 4096, got 0',
      '  Expected "round.candidates.perPrompt" to be a whole number from 1 to 10000, got 0',
      '  Expected "rounds[0].prompts" to be a whole number from 1 to 10000000, got "many"',
      '  Unknown setting "rounds[1].trainning"; did you mean "training"?',
    ]);
  });

  it("refuses what is not an object", () => {
    expect(messageOf(["quickstart"])).toContain('to hold an object of settings, got ["quickstart"]');
  });
});
