import { ConfigError } from "../errors.js";
import type { Judge } from "../records/seams.js";
import type { Strategy } from "./strategy.js";

/** Throws ConfigError when the strategy asks what the judge does not answer, or asks without a judge. */
export function refuseUnanswerable(
  { name, questions = [] }: Pick<Strategy, "name" | "questions">,
  judge: Judge | null | undefined,
): void {
  if (questions.length === 0) return;
  const asked = listed(questions);
  if (!judge) {
    throw new ConfigError(
      `Search ${name} asks a judge about ${asked}, got no judge. Name one: "models.judge" in a pipeline, --judge here.`,
    );
  }
  const missing = questions.filter((question) => !judge.questions.includes(question));
  if (missing.length === 0) return;
  throw new ConfigError(
    `Search ${name} asks about ${asked}, but judge ${judge.identity.slice(0, 12)} answers ${listed(judge.questions)}, ` +
      `not ${listed(missing)}. Name a judge that was trained for them, or choose another verifier.`,
  );
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
