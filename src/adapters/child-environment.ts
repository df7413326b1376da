import { QUIET } from "../../scripts/setup/quiet.js";

/** The environment of every process that is started here: this one's, quiet, and what `added` says. */
export function childEnvironment(
  added: Readonly<Record<string, string>> = {},
  own: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return { ...own, ...QUIET, ...added };
}
