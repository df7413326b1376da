import { retryAfter } from "../retry-after.js";

/** What came of a POST. */
export type Posted =
  | { readonly kind: "answered"; readonly body: unknown }
  /** The server answered with an error; `pause` in milliseconds where it says how long to wait. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly said: string;
      readonly pause: number | undefined;
    }
  /** There is no whole answer. `isAbsent`: nothing listens there. */
  | { readonly kind: "broken"; readonly reason: string; readonly isAbsent: boolean };

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until it is given up. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof globalThis.fetch;
}

/** Characters of a server's words that are passed on. */
const MOST_SAID = 300;

/** Posts JSON and reads the JSON that is answered. Throws the signal's reason alone. */
export async function postJson(url: string, body: string, options: PostOptions): Promise<Posted> {
  const { headers, timeout, signal, fetch = globalThis.fetch } = options;
  signal?.throwIfAborted();
  // AbortSignal.any would hang one more listener on a signal that outlives all calls.
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const late = setTimeout(() => stop.abort(new Error(`no answer within ${timeout / 1000} s`)), timeout);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      signal: stop.signal,
      redirect: "error",
    });
    return read(response, await response.text());
  } catch (error) {
    signal?.throwIfAborted();
    return broken(stop.signal.aborted ? stop.signal.reason : error);
  } finally {
    clearTimeout(late);
    signal?.removeEventListener("abort", onAbort);
  }
}

function read(response: Response, text: string): Posted {
  const { status, ok, headers } = response;
  if (!ok) return { kind: "refused", status, said: wordsOf(text), pause: retryAfter(headers, Date.now()) };
  try {
    return { kind: "answered", body: JSON.parse(text) };
  } catch {
    const found = text.trim() === "" ? "an empty body" : `"${text.slice(0, 60)}"`;
    return { kind: "broken", reason: `expected JSON, got ${found}`, isAbsent: false };
  }
}

/** The message of an error body, as the servers write it, or its beginning. */
function wordsOf(text: string): string {
  try {
    const body = JSON.parse(text) as {
      error?: { message?: unknown } | string;
      message?: unknown;
      detail?: unknown;
    };
    const inner = typeof body.error === "string" ? body.error : body.error?.message;
    const said = inner ?? body.message ?? body.detail;
    if (said !== undefined)
      return (typeof said === "string" ? said : JSON.stringify(said)).slice(0, MOST_SAID);
  } catch {
    // It is no JSON: its own words do.
  }
  return text.trim().slice(0, MOST_SAID);
}

/** Codes of a connection that was never made. */
const ABSENT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

function broken(error: unknown): Posted {
  const outer = error instanceof Error ? error : new Error(String(error));
  const cause = outer.cause instanceof Error ? outer.cause : outer;
  const code = (cause as NodeJS.ErrnoException).code;
  const isAbsent = code !== undefined && ABSENT.includes(code);
  return { kind: "broken", reason: cause.message || code || outer.message, isAbsent };
}
