import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request as plain } from "node:http";
import { Agent as SecureAgent, request as secure } from "node:https";

/** What came back, whole. */
export interface Sent {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

export interface SendOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until it is given up. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** Connections are kept, and hold up no process that has nothing else to do. */
const PLAIN = new PlainAgent({ keepAlive: true });
const SECURE = new SecureAgent({ keepAlive: true });

/**
 * Posts a text and reads what is answered, redirects as they are. Rejects where there is no whole answer. Not by `fetch`, which streams every body:
 * that costs as much as all the rest of a call.
 */
export async function send(url: string, body: string, options: SendOptions): Promise<Sent> {
  const last: { call?: ClientRequest } = {};
  try {
    return await sendOnce(url, body, { ...options, last });
  } catch (error) {
    // A kept connection that the server closed at this very moment: nothing of the call was read.
    if (!last.call?.reusedSocket || (error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
    return sendOnce(url, body, { ...options, last });
  }
}

function sendOnce(
  url: string,
  body: string,
  { headers, timeout, signal, last }: SendOptions & { readonly last: { call?: ClientRequest } },
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const isSecure = url.startsWith("https:");
    const call = (isSecure ? secure : plain)(url, {
      method: "POST",
      agent: isSecure ? SECURE : PLAIN,
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        accept: "application/json",
        ...headers,
      },
    });
    last.call = call;
    const onAbort = () => call.destroy(signal?.reason as Error);
    const late = setTimeout(() => call.destroy(new Error(`no answer within ${timeout / 1000} s`)), timeout);
    const end = (settle: () => void) => {
      clearTimeout(late);
      signal?.removeEventListener("abort", onAbort);
      settle();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const fail = (error: Error) => end(() => reject(error));
    call.once("error", fail);
    call.once("response", (response) => {
      whole(response).then((sent) => end(() => resolve(sent)), fail);
    });
    call.end(body);
  });
}

function whole(response: IncomingMessage): Promise<Sent> {
  return new Promise((resolve, reject) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (piece: string) => {
      text += piece;
    });
    response.once("error", reject);
    response.once("end", () => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"], text });
    });
  });
}
