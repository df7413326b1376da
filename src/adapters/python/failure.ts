import { ConfigError, type EspalierError, TrainerError } from "../../errors.js";
import type { Ending as ProcessEnding } from "../line-process.js";
import type { WorkerEvent } from "./events.js";
import type { LogTail } from "./log-tail.js";

interface Ending {
  readonly command: readonly string[];
  readonly request: string;
  readonly expected: string;
  readonly conversation: {
    readonly last: WorkerEvent | undefined;
    readonly lastProgress: WorkerEvent | undefined;
    readonly fault: string | undefined;
  };
  readonly result: ProcessEnding;
  readonly log: LogTail;
}

/** The one error a user sees of a worker that did not do its work: ConfigError when it refused the request. */
export function failureOf(ending: Ending): EspalierError {
  const { last, fault } = ending.conversation;
  if (!fault && last?.event === "error" && last.type === "RequestError") return new ConfigError(last.message);
  // A training that came to nothing is told in the trainer's own words: nothing broke.
  if (!fault && last?.event === "error" && last.type === "TrainingFailed")
    return new TrainerError(last.message);
  return new TrainerError(messageOf(ending));
}

function messageOf(ending: Ending): string {
  const { command, conversation, log } = ending;
  const lines = [
    `The Python worker failed (request "${ending.request}"): ${reasonOf(ending)}`,
    `  command: ${command.join(" ")}`,
    `  exit: ${exitOf(ending)}`,
    `  last event: ${describe(conversation.lastProgress)}`,
    ...(log.file ? [`  log: ${log.file}`] : []),
    ...(log.lines.length > 0 ? ["  last lines of the log:", ...log.lines.map((line) => `    ${line}`)] : []),
  ];
  return lines.join("\n");
}

function reasonOf({ conversation, expected, result }: Ending): string {
  if (conversation.fault) return conversation.fault;
  const { last } = conversation;
  if (last?.event === "error") return `${last.type}: ${last.message}`;
  if (last?.event === "stop-end")
    return `it was stopped by ${last.reason} at step ${last.step} and can be resumed`;
  if (result.exitCode === undefined && !result.signal)
    return `it did not start: ${result.originalMessage ?? ""}`;
  if (result.exitCode === 0) return `it claimed success without the event "${expected}"`;
  return "it ended before its work was done";
}

function exitOf({ result }: Ending): string {
  if (result.signal) return `signal ${result.signal}`;
  return result.exitCode === undefined ? "none" : `code ${result.exitCode}`;
}

function describe(event: WorkerEvent | undefined): string {
  if (!event) return "none";
  return "step" in event ? `${event.event} (step ${event.step})` : event.event;
}
