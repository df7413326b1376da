import { resolve } from "node:path";
import { pythonCommand } from "../adapters/python/index.js";
import type { CalledJudgeConfig, JudgeConfig, TransformersJudgeConfig } from "../config/schema/judges.js";
import type { Judge } from "../records/seams.js";
import { askingJudge } from "./asking/asking-judge.js";
import { readQuestions } from "./asking/read-questions.js";
import { Caller, type CallerOptions } from "./calling/caller.js";
import { type Answers, Remembered } from "./calling/remembered.js";
import { HttpTalker } from "./http/http-talker.js";
import { usageOf } from "./http/read-answer.js";
import { answererIdentity, judgeIdentity } from "./identity.js";
import { functionJudge } from "./local/function-judge.js";
import { judgeOfModule } from "./local/judge-of-module.js";
import { LookingWorker } from "./local/looking-worker.js";
import { modelTalker } from "./local/model-talker.js";
import { ServiceJudge, serviceUsage } from "./service/service-judge.js";

/** The program that judges in a process of its own. */
const LOOK = ["-m", "espalier_torch.look"] as const;

export interface JudgeOptions extends Pick<CallerOptions, "signal" | "onNote" | "environment"> {
  /** Where its answers are kept, so that none is asked for twice. */
  readonly answers: Answers;
  /** The folder of a model, by folder or by name on the Hub. */
  readonly resolveModel?: (name: string) => Promise<string>;
}

/** A judge by its settings, whatever draws the pictures. Throws ConfigError where its files cannot be read. */
export async function openJudge(config: JudgeConfig, options: JudgeOptions): Promise<Judge> {
  switch (config.kind) {
    case "http":
    case "service":
      return openCalledJudge(config, options);
    case "transformers":
      return openTransformers(config, options);
    case "python": {
      const { function: name, folder, batch } = config;
      const worker = new LookingWorker([
        pythonCommand(),
        ...LOOK,
        "function",
        name,
        "--folder",
        resolve(folder),
      ]);
      return functionJudge(judgeIdentity(config), batch, worker);
    }
    case "typescript":
      return judgeOfModule(config, judgeIdentity(config));
  }
}

/** One that is reached over the network: nothing is sent before it is asked. */
export function openCalledJudge(config: CalledJudgeConfig, options: JudgeOptions): Judge {
  const { answers, resolveModel: _places, ...calling } = options;
  const identity = answererIdentity(config);
  const before = answers.spent(identity);
  if (config.kind === "service") {
    const caller = new Caller({ ...calling, config, before, usageOf: serviceUsage });
    return new ServiceJudge(identity, config, { caller, answers });
  }
  const caller = new Caller({ ...calling, config, before, usageOf });
  const talker = new HttpTalker(identity, config, { caller, remembered: new Remembered(answers, identity) });
  const questions = readQuestions(config.questions);
  const judge = askingJudge({
    identity: judgeIdentity(config),
    talker,
    questions,
    batch: config.concurrency,
  });
  return { ...judge, spent: () => answers.spent(identity) };
}

async function openTransformers(
  config: TransformersJudgeConfig,
  { answers, resolveModel = async (name) => name }: JudgeOptions,
): Promise<Judge> {
  const { device, dtype } = config;
  const identity = answererIdentity(config);
  const folder = await resolveModel(config.model);
  const worker = new LookingWorker([
    pythonCommand(),
    ...LOOK,
    "model",
    folder,
    "--device",
    device,
    "--dtype",
    dtype,
  ]);
  const talker = modelTalker(identity, config, { worker, remembered: new Remembered(answers, identity) });
  const questions = readQuestions(config.questions);
  const judge = askingJudge({ identity: judgeIdentity(config), talker, questions, batch: 1 });
  return { ...judge, close: () => worker.close() };
}
