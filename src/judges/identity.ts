import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  decidingJudge,
  type JudgeConfig,
  type PythonJudgeConfig,
  type TypeScriptJudgeConfig,
} from "../config/schema/judges.js";
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
  if (config.kind === "python") return `python:${hashed([config.function, sourceOf(config)])}`;
  if (config.kind === "typescript") return `typescript:${hashed(codeOf(config))}`;
  if (!("questions" in config)) return answererIdentity(config);
  const { name: _name, questions, ...deciding } = decidingJudge(config) as Record<string, unknown>;
  const wording = readQuestions(questions as string | null);
  return `${config.kind}:${hashed([deciding, wording])}`;
}

/** A file's code, and which of its exports is meant where that is not the default. */
function codeOf({ file, export: name }: TypeScriptJudgeConfig): unknown {
  const code = readFileSync(resolve(file), "utf8");
  return name === "default" ? code : [code, name];
}

/** A function that changed is another judge. Of a module that lies elsewhere its name alone is known. */
function sourceOf({ function: name, folder }: PythonJudgeConfig): string {
  const [module = ""] = name.split(":");
  const file = join(resolve(folder), ...module.split("."));
  const found = [`${file}.py`, join(file, "__init__.py")].find(existsSync);
  return found === undefined ? "" : readFileSync(found, "utf8");
}
