import type { JudgeConfig } from "../config/schema/judges.js";
import type { Judge } from "../records/seams.js";
import { askingJudge } from "./asking/asking-judge.js";
import { readQuestions } from "./asking/read-questions.js";
import { Caller, type CallerOptions } from "./calling/caller.js";
import { type Answers, Remembered } from "./calling/remembered.js";
import { HttpTalker } from "./http/http-talker.js";
import { usageOf } from "./http/read-answer.js";
import { answererIdentity, judgeIdentity } from "./identity.js";
import { ServiceJudge, serviceUsage } from "./service/service-judge.js";

export interface JudgeOptions extends Pick<CallerOptions, "signal" | "onNote" | "environment" | "fetch"> {
  /** Where its answers are kept, so that none is asked for twice. */
  readonly answers: Answers;
}

/** A judge by its settings, whatever draws the pictures. Throws ConfigError where its files cannot be read. */
export function openJudge(config: JudgeConfig, { answers, ...calling }: JudgeOptions): Judge {
  const identity = answererIdentity(config);
  const before = answers.spent(identity);
  switch (config.kind) {
    case "http": {
      const caller = new Caller({ ...calling, config, before, usageOf });
      const talker = new HttpTalker(identity, config, {
        caller,
        remembered: new Remembered(answers, identity),
      });
      const questions = readQuestions(config.questions);
      const judge = askingJudge({
        identity: judgeIdentity(config),
        talker,
        questions,
        batch: config.concurrency,
      });
      return { ...judge, spent: () => answers.spent(identity) };
    }
    case "service": {
      const caller = new Caller({ ...calling, config, before, usageOf: serviceUsage });
      return new ServiceJudge(identity, config, { caller, answers });
    }
  }
}
