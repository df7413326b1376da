import { systemFault } from "../adapters/system-fault.js";
import { EspalierError } from "../errors.js";
import { pipelineFault } from "../runner/pipelines/pipeline-fault.js";

/** What was thrown as an error of ours where it is the user's, the pipeline's or the machine's to mend; else as it is. */
export function worded(thrown: unknown, workspace: string): Error {
  if (thrown instanceof EspalierError && thrown.exitCode === 2) return thrown;
  const fault = pipelineFault(thrown);
  if (fault !== undefined) return fault;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return systemFault(error, workspace) ?? error;
}

/** A sentence where there is one; the stack of a fault of ours. */
export function complaint(error: Error): string {
  return error instanceof EspalierError ? error.message : (error.stack ?? error.message);
}
