import { retryAfter } from "../retry-after.js";
import { type SendOptions, type Sent, send } from "./send.js";

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

/** Characters of a server's words that are passed on. */
const MOST_SAID = 300;

/** Posts JSON and reads the JSON that is answered. Throws the signal's reason alone. */
export async function postJson(url: string, body: string, options: SendOptions): Promise<Posted> {
  options.signal?.throwIfAborted();
  try {
    return read(await send(url, body, options));
  } catch (error) {
    options.signal?.throwIfAborted();
    return broken(error);
  }
}

function read({ status, retryAfter: pause, text }: Sent): Posted {
  if (status < 200 || status > 299)
    return { kind: "refused", status, said: wordsOf(text), pause: retryAfter(pause, Date.now()) };
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
  const { message, code } = (
    error instanceof Error ? error : new Error(String(error))
  ) as NodeJS.ErrnoException;
  const isAbsent = code !== undefined && ABSENT.includes(code);
  return { kind: "broken", reason: message || code || "the connection broke", isAbsent };
}
