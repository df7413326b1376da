import { basename } from "node:path";
import { freezeJudge, type JudgeConfig } from "../config/schema/judges.js";
import { jsonOf } from "./asking/read-questions.js";

/** The judge whose settings a JSON file has, named as the file is where it has no name of its own. Throws ConfigError. */
export function judgeOfFile(file: string): JudgeConfig {
  const name = basename(file)
    .replace(/\.json$/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return freezeJudge(jsonOf(file, "a judge's settings"), name, file);
}
