import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { type Ended, type Running, startCommand } from "../command.js";
import { complaintsOf } from "../complaints.js";
import type { Chance } from "../random.js";
import type { Sandbox } from "../sandbox.js";
import type { Chain } from "./chains.js";

/** Ways in which a command is stopped. */
export const SIGNALS = ["SIGINT", "SIGTERM", "SIGKILL"] as const;

/** One way of stopping it, on a terminal or off it. */
export interface Blow {
  readonly signal: (typeof SIGNALS)[number];
  readonly terminal: boolean;
}

/** How long its workers may live on, and how long a stop at a safe point may take, in seconds. */
const PATIENCE = { leftovers: 20, stop: 60, whole: 900 };

export interface Broken {
  /** The blows that met it while it ran. */
  readonly met: readonly Blow[];
  readonly complaints: readonly string[];
  /** What was printed by the last process. */
  readonly seen: string;
  /** Seconds of a whole command that ended before its first blow. */
  readonly took?: number;
}

/**
 * Starts the chain's command, deals it `blows` one after another, each at a moment of what is left of `seconds` (what the
 * unbroken command took, `idle` of them before it began to work), and lets it end. A process that ends before its blow
 * has ended the chain.
 */
export async function breakChain(
  { words }: Chain,
  sandbox: Sandbox,
  how: {
    readonly blows: readonly Blow[];
    readonly chance: Chance;
    readonly seconds: number;
    readonly idle: number;
  },
): Promise<Broken> {
  const { chance, seconds, idle } = how;
  const met: Blow[] = [];
  for (const blow of how.blows) {
    const running = startCommand(words, { sandbox, terminal: blow.terminal, limit: PATIENCE.whole });
    const work = Math.max(0.2, seconds - idle) / (met.length + 1);
    const moment = idle + chance.uniform() * work;
    const first = await Promise.race([running.ended, pause(moment * 1000)]);
    if (first !== undefined) {
      return { met, ...judged(first, blow.terminal), ...(met.length === 0 ? { took: first.seconds } : {}) };
    }
    running.stop(blow.signal);
    const { ended, complaints } = await afterBlow(running, blow);
    if (complaints.length > 0) return { met: [...met, blow], complaints, seen: ended.out + ended.errors };
    met.push(blow);
    // It was so far that it ended what it did.
    if (ended.code === 0) return { met, complaints: [], seen: "" };
  }
  const terminal = chance.is(0.5);
  const last = await startCommand(words, { sandbox, terminal, limit: PATIENCE.whole }).ended;
  return { met, ...judged(last, terminal) };
}

/** How a command must have ended that nothing met. */
function judged(ended: Ended, terminal: boolean) {
  return { complaints: complaintsOf(ended, { codes: [0], terminal }), seen: ended.out + ended.errors };
}

async function afterBlow(running: Running, { signal, terminal }: Blow) {
  const begun = performance.now();
  const ended = await running.ended;
  const seconds = (performance.now() - begun) / 1000;
  const complaints: string[] = [];
  // Before the command listens for them, signals end it as they end any process.
  if (!endedBy(ended, signal)) {
    complaints.push(...complaintsOf(ended, { codes: [130, 0], terminal }));
    if (seconds > PATIENCE.stop) complaints.push(`took ${seconds.toFixed(0)} s to stop after ${signal}`);
  }
  for (let waited = 0; running.leftovers().length > 0; waited += 0.25) {
    if (waited > PATIENCE.leftovers) {
      complaints.push(`left ${running.leftovers().length} processes after ${signal}`);
      break;
    }
    await pause(250);
  }
  return { ended, complaints };
}

/** Whether the signal itself ended it; on a terminal its host tells so by a code. */
function endedBy({ signal, code }: Ended, sent: Blow["signal"]): boolean {
  return signal === sent || code === 128 + constants.signals[sent];
}
