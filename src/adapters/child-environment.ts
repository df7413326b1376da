import { QUIET } from "../../scripts/setup/quiet.js";
import { withoutSecrets } from "../../scripts/setup/secrets.js";

/**
 * The environment of every process that is started here: this one's without its secrets, quiet, and what `added` says. `tools`
 * are the services that the process speaks to by itself: it keeps variables that begin with their names.
 */
export function childEnvironment(
  added: Readonly<Record<string, string>> = {},
  own: NodeJS.ProcessEnv = process.env,
  tools: readonly string[] = [],
): NodeJS.ProcessEnv {
  const prefixes = tools.map((tool) => `${tool.split("_")[0]?.toUpperCase()}_`);
  const isKept = (name: string) => prefixes.some((prefix) => name.startsWith(prefix));
  return { ...withoutSecrets(own, isKept), ...QUIET, ...added };
}
