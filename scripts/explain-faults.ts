import { EspalierError } from "../src/errors.js";
import { SetupError } from "./setup/run-command.js";

/** Imported for what it does: a script that lacks something says what, and how to get it, instead of printing a stack. */
process.on("uncaughtException", (error) => {
  const isWorded = error instanceof EspalierError || error instanceof SetupError;
  console.error(isWorded ? error.message : error);
  process.exit(error instanceof EspalierError ? error.exitCode : isWorded ? 2 : 1);
});
