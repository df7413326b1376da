import { setTimeout } from "node:timers/promises";
import { HubError } from "../../errors.js";
import { retryAfter } from "../retry-after.js";

export type Fetch = typeof globalThis.fetch;

export interface Patience {
  /** Tries of one request, the first one counted, where the Hub does not say how long to wait. */
  readonly attempts: number;
  /** Milliseconds before the second try where the Hub names none; each further pause is twice as long. */
  readonly pause: number;
  /** The longest that one request waits for a Hub that says how long, in milliseconds. */
  readonly longest: number;
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>;
  /** Milliseconds since 1970, against which a date in Retry-After is read. */
  readonly now: () => number;
  /** Hears of pauses that the Hub asks for, in words. */
  readonly onWait?: ((text: string) => void) | undefined;
  /** Ends a pause; what waits then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export const PATIENCE: Patience = {
  attempts: 6,
  pause: 1000,
  longest: 15 * 60_000,
  wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, signal ? { signal } : {}),
  now: Date.now,
};

/** Too many requests, or a server that may recover. */
const PASSING = [408, 429, 500, 502, 503, 504];

/**
 * A fetch that asks again after a pause when a connection breaks or the Hub is busy (429, 5xx), and waits as long as
 * Retry-After or RateLimit says. The last answer is returned as it is. Throws HubError when the connection breaks every
 * time, or the Hub asks for more patience than there is. Bodies must be texts or blobs, which can be sent again.
 */
export function patientFetch(fetch: Fetch, patience: Patience): Fetch {
  return async (input, init) => {
    let waited = 0;
    for (let attempt = 1; ; ) {
      const outcome = await attemptOf(fetch, input, init);
      const asked = outcome instanceof Response ? askedPause(outcome, patience) : undefined;
      const isLast = asked === undefined && attempt >= patience.attempts;
      if (outcome instanceof Response) {
        if (!PASSING.includes(outcome.status) || isLast) return outcome;
        await outcome.body?.cancel();
      } else if (isLast || init?.signal?.aborted) {
        throw unreachable(input, outcome, attempt);
      }
      if (asked === undefined) await pauseFor(patience.pause * 2 ** (attempt++ - 1), patience);
      else {
        waited += asked;
        if (waited > patience.longest) throw tooLong(asked);
        patience.onWait?.(
          `The Hub has too many requests: going on in ${Math.ceil(asked / 1000)} s, as it asks`,
        );
        await pauseFor(asked, patience);
      }
    }
  };
}

async function pauseFor(milliseconds: number, { wait, signal }: Patience): Promise<void> {
  try {
    await wait(milliseconds, signal);
  } finally {
    signal?.throwIfAborted();
  }
}

async function attemptOf(fetch: Fetch, ...request: Parameters<Fetch>): Promise<Response | Error> {
  try {
    return await fetch(...request);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What the Hub asks to wait, in milliseconds and never less than a first pause; undefined where it does not say. */
function askedPause({ headers }: Response, { now, pause }: Patience): number | undefined {
  const asked = retryAfter(headers.get("retry-after"), now()) ?? rateLimitReset(headers);
  return asked === undefined ? undefined : Math.max(asked, pause);
}

/** The Hub counts in windows of so many seconds. */
const RATE_WINDOW = 300;

/**
 * The end of the Hub's window, in milliseconds from now: `RateLimit: "api";r=0;t=50` (draft-ietf-httpapi-ratelimit-headers),
 * of several limits the one that is used up and lasts longest.
 */
function rateLimitReset(headers: Headers): number | undefined {
  const limits = (headers.get("ratelimit") ?? "").split(",").map((limit) => {
    const value = (name: string) => new RegExp(`;\\s*${name}\\s*=\\s*(\\d+)`).exec(limit)?.[1];
    return { isUsedUp: Number(value("r") ?? 0) === 0, seconds: value("t") };
  });
  const seconds = limits.flatMap(({ isUsedUp, seconds }) => (isUsedUp && seconds ? [Number(seconds)] : []));
  return seconds.length === 0 ? undefined : Math.min(Math.max(...seconds), RATE_WINDOW) * 1000;
}

function tooLong(pause: number): HubError {
  return new HubError(
    `The Hub asks to wait ${Math.round(pause / 1000)} s. Run the command again then: what was sent is kept.`,
  );
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
