import { setTimeout } from "node:timers/promises";
import { HubError } from "../../errors.js";

export type Fetch = typeof globalThis.fetch;

export interface Patience {
  /** Tries of one request, the first one counted. */
  readonly attempts: number;
  /** Milliseconds before the second try where the Hub names none; each further pause is twice as long. */
  readonly pause: number;
  /** The longest pause that is waited out, in milliseconds. */
  readonly longest: number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds since 1970, against which a date in Retry-After is read. */
  readonly now: () => number;
}

export const PATIENCE: Patience = {
  attempts: 6,
  pause: 1000,
  longest: 15 * 60_000,
  wait: (milliseconds) => setTimeout(milliseconds),
  now: Date.now,
};

/** Too many requests, or a server that may recover. */
const PASSING = [408, 429, 500, 502, 503, 504];

/**
 * A fetch that asks again after a pause when a connection breaks or the Hub is busy (429, 5xx), and waits as long as
 * Retry-After says. The last answer is returned as it is. Throws HubError when the connection breaks every time, or
 * the Hub asks for more patience than there is. Bodies must be texts or blobs, which can be sent again.
 */
export function patientFetch(fetch: Fetch, patience: Patience): Fetch {
  return async (input, init) => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await attemptOf(fetch, input, init);
      const isLast = attempt >= patience.attempts;
      if (outcome instanceof Response) {
        if (!PASSING.includes(outcome.status) || isLast) return outcome;
        await outcome.body?.cancel();
      } else if (isLast || init?.signal?.aborted) {
        throw unreachable(input, outcome, attempt);
      }
      await patience.wait(pauseAfter(outcome, attempt, patience));
    }
  };
}

async function attemptOf(fetch: Fetch, ...request: Parameters<Fetch>): Promise<Response | Error> {
  try {
    return await fetch(...request);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function pauseAfter(outcome: Response | Error, attempt: number, patience: Patience): number {
  const asked = outcome instanceof Response ? retryAfter(outcome, patience.now()) : undefined;
  const pause = asked ?? patience.pause * 2 ** (attempt - 1);
  if (pause <= patience.longest) return pause;
  throw new HubError(
    `The Hub asks to wait ${Math.round(pause / 1000)} s. Run the command again then: what was sent is kept.`,
  );
}

/** Seconds or a date (RFC 9110, section 10.2.3), as milliseconds from now. */
function retryAfter({ headers }: Response, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

function unreachable(input: Parameters<Fetch>[0], cause: Error, attempts: number): HubError {
  const { host } = new URL(input instanceof Request ? input.url : input);
  const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
  return new HubError(
    `${host} cannot be reached (${attempts} tries: ${reason}). Check the connection and run the command again: ` +
      "what was sent is kept.",
    { cause },
  );
}
