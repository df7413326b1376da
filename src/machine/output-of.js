import { spawnSync } from "node:child_process";
import { childEnvironment } from "./child-environment.js";
import { ROOT } from "./layout.js";

/**
 * What a program prints on stdout, trimmed; undefined when it cannot start or fails.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {string} [input] what it reads on stdin
 * @returns {string | undefined}
 */
export function outputOf(command, parameters, input = "") {
  const options = /** @type {const} */ ({ cwd: ROOT, encoding: "utf8", timeout: 120_000, input });
  const result = spawnSync(command, parameters, { ...options, env: childEnvironment() });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
