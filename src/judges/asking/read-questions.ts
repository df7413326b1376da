import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { freezeQuestions, type QuestionsConfig } from "../../config/schema/questions.js";
import { ConfigError } from "../../errors.js";

/** The questions of a file, ours for those it leaves out. Throws ConfigError. */
export function readQuestions(file: string | null): QuestionsConfig {
  if (file === null) return freezeQuestions({}, "our questions");
  return freezeQuestions(jsonOf(file, "questions"), file);
}

/** What a JSON file holds. Throws ConfigError, naming what it should have been. */
export function jsonOf(file: string, what: string): unknown {
  try {
    return JSON.parse(readFileSync(resolve(file), "utf8").replace(/^\uFEFF/, ""));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`Expected ${file} to be a JSON file of ${what}, but it cannot be read: ${reason}`, {
      cause,
    });
  }
}
