import { decidingJudge, type JudgeConfig } from "../config/schema/judges.js";
import { readQuestions } from "./asking/read-questions.js";
import { hashed } from "./calling/remembered.js";

/** Who is asked, by all that decides an answer but the question. */
export function answererIdentity(config: JudgeConfig): string {
  const { name: _name, questions: _questions, ...deciding } = decidingJudge(config);
  return `${config.kind}:${hashed(deciding)}`;
}

/**
 * Who a judge is, without opening it: by its address, model, way of reading and the wording of its questions, not by its name. Throws ConfigError where its
 * questions cannot be read.
 */
export function judgeIdentity(config: JudgeConfig): string {
  if (!("questions" in config)) return answererIdentity(config);
  const { name: _name, questions, ...deciding } = decidingJudge(config) as Record<string, unknown>;
  const wording = readQuestions(questions as string | null);
  return `${config.kind}:${hashed([deciding, wording])}`;
}
