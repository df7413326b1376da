import { spawnSync } from "node:child_process";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { SetupError } from "../setup/run-command.js";

/** Runs a module of Python's with this process's arguments and takes its exit code. */
export function runModule(name: string): void {
  const command = ["-m", name, ...process.argv.slice(2)];
  const { status, error } = spawnSync(pythonCommand(), command, { stdio: "inherit" });
  if (error)
    throw new SetupError(`Python could not be started: ${error.message}. Run node scripts/setup.js.`);
  process.exitCode = status ?? 1;
}
