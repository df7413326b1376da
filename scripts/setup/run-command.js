import { spawn, spawnSync } from "node:child_process";
import { ROOT } from "./layout.js";
import { QUIET } from "./quiet.js";
import { withoutSecrets } from "./secrets.js";

/** A set-up step failed; the message says what and how to cure it. */
export class SetupError extends Error {}

/**
 * Runs a program in the repository with its output on the terminal; resolves to its exit code.
 * Ctrl-C is left to the child, which is in the same process group; SIGTERM is passed on.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function runCommand(command, parameters, options = {}) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env, ...QUIET };
    const child = spawn(command, parameters, { cwd: ROOT, stdio: "inherit", ...options, env });
    const ignore = () => {};
    const pass = () => child.kill("SIGTERM");
    process.on("SIGINT", ignore);
    process.on("SIGTERM", pass);
    const release = () => process.off("SIGINT", ignore).off("SIGTERM", pass);
    child.on("error", (cause) => {
      release();
      reject(new SetupError(`Could not start ${command}: ${cause.message}`, { cause }));
    });
    child.on("close", (code, signal) => {
      release();
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}

/**
 * What a program prints on stdout, trimmed; undefined when it cannot start or fails.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {string} [input] what it reads on stdin
 * @returns {string | undefined}
 */
export function outputOf(command, parameters, input = "") {
  const env = { ...withoutSecrets(process.env), ...QUIET };
  const options = /** @type {const} */ ({ cwd: ROOT, encoding: "utf8", timeout: 120_000 });
  const result = spawnSync(command, parameters, { ...options, env, input });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
