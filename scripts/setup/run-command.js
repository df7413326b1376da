import { spawn } from "node:child_process";
import { ROOT } from "../../src/machine/layout.js";
import { QUIET } from "../../src/machine/quiet.js";
import { SetupError } from "../../src/machine/setup-error.js";

export { SetupError };

/** Set-up on the terminal. @type {import("../../src/machine/find-uv.js").Means} */
export const TERMINAL = {
  run: (command, words) => runCommand(command, words),
  say: (line) => console.log(`  ${line}`),
};

/**
 * Runs a program in the repository with its output on the terminal; resolves to its exit code.
 * Ctrl-C is left to the child, which is in the same process group; SIGTERM is passed on.
 * Throws SetupError where it cannot be started.
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
