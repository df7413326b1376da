import { systemFault } from "../src/adapters/system-fault.js";
import { EspalierError } from "../src/errors.js";
import { SetupError } from "./setup/run-command.js";

/** Imported for what it does: a script that lacks something says what, and how to get it, instead of printing a stack. */
process.on("uncaughtException", (thrown) => {
  const error = worded(thrown);
  const isWorded = error instanceof EspalierError || error instanceof SetupError;
  console.error(isWorded ? error.message : error);
  process.exit(error instanceof EspalierError ? error.exitCode : isWorded ? 2 : 1);
});

/** What a flag or the machine is at fault for, as the command line says it too. */
function worded(thrown: Error): Error {
  if (thrown instanceof EspalierError || thrown instanceof SetupError) return thrown;
  const { code } = thrown as { readonly code?: unknown };
  if (String(code).startsWith("ERR_PARSE_ARGS")) return new SetupError(thrown.message);
  return systemFault(thrown, process.cwd()) ?? thrown;
}
