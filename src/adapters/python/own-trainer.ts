import { TrainerError } from "../../errors.js";
import { LineProcess } from "../line-process.js";
import { LogTail } from "./log-tail.js";

export interface OwnTrainerOptions {
  /** Takes each JSON object that it prints. */
  readonly onMetrics: (metrics: Readonly<Record<string, unknown>>) => void;
  /** All else that it says is appended here. */
  readonly logFile: string;
  /** When aborted it gets SIGTERM; then the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** Services that it speaks to by itself, with keys of the environment. */
  readonly tools?: readonly string[];
}

/** Seconds from SIGTERM to SIGKILL. */
const GRACE = 30;

/**
 * Runs a person's own trainer to its end. JSON objects among the lines of its standard output are metrics; all else is prose.
 * Throws TrainerError when it cannot be started or fails, and the signal's reason after an abort.
 */
export async function runOwnTrainer(command: readonly string[], options: OwnTrainerOptions): Promise<void> {
  const { onMetrics, logFile, signal, tools = [] } = options;
  signal?.throwIfAborted();
  const log = new LogTail(logFile);
  const onProse = (line: string) => log.write(line);
  const trainer = new LineProcess(command, { tools, graceSeconds: GRACE, onProse });
  const stop = () => trainer.kill("SIGTERM");
  signal?.addEventListener("abort", stop, { once: true });
  try {
    trainer.endInput();
    for await (const line of trainer.lines) {
      const metrics = objectIn(line);
      if (metrics === undefined) onProse(line);
      else onMetrics(metrics);
    }
    const { exitCode, signal: killedBy, originalMessage } = await trainer.ended();
    await log.close();
    signal?.throwIfAborted();
    if (exitCode === 0) return;
    const how = killedBy ?? (exitCode === undefined ? originalMessage : `exit code ${exitCode}`);
    throw failed(command, `${how}`, log.lines);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function objectIn(line: string): Record<string, unknown> | undefined {
  if (!line.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function failed(command: readonly string[], how: string, lines: readonly string[]): TrainerError {
  return new TrainerError(
    [
      `The trainer that training.command names failed (${how}). What it has left in its output folder is there when it is called again.`,
      `  command: ${command.join(" ")}`,
      ...(lines.length > 0 ? ["  last lines of its log:", ...lines.map((line) => `    ${line}`)] : []),
    ].join("\n"),
  );
}
