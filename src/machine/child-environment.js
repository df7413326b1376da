import { QUIET } from "./quiet.js";
import { withoutSecrets } from "./secrets.js";

/**
 * The environment of every process that is started here: this one's without its secrets, quiet, and what `added` says. `tools`
 * are the services that the process speaks to by itself: it keeps variables that begin with their names. It is told who started it, so that one
 * whose parent ended before it looked knows that it is alone (`espalier_torch.runtime.orphan`).
 * @param {Readonly<Record<string, string>>} [added]
 * @param {NodeJS.ProcessEnv} [own]
 * @param {readonly string[]} [tools]
 * @returns {NodeJS.ProcessEnv}
 */
export function childEnvironment(added = {}, own = process.env, tools = []) {
  const prefixes = tools.map((tool) => `${tool.split("_")[0]?.toUpperCase()}_`);
  const isKept = (/** @type {string} */ name) => prefixes.some((prefix) => name.startsWith(prefix));
  return { ...withoutSecrets(own, isKept), ...QUIET, ESPALIER_PARENT: String(process.pid), ...added };
}
