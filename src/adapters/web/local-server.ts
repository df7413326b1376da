import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError, EspalierError } from "../../errors.js";
import type { PictureFormat } from "../../records/picture.js";
import { jsonBody, RequestError } from "./json-body.js";
import { pagePolicy } from "./page-policy.js";

/** A request that passed the checks; `path` without the token, "" for the page itself. */
export interface LocalRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed JSON of a POST; undefined for a GET. */
  readonly body: unknown;
}

/** What a handler answers with; undefined means there is no such thing. */
export type LocalAnswer =
  | { readonly json: unknown; readonly status?: number }
  | { readonly png: Uint8Array }
  /** A picture as it came, or a small one of it. */
  | { readonly image: Uint8Array; readonly format: PictureFormat }
  | undefined;

export interface LocalServer {
  /** With the token: whoever has it may use the page. */
  readonly url: string;
  /** Waits a moment for requests under way, then cuts them. */
  close(): Promise<void>;
}

export interface LocalServerOptions {
  /** One self-contained HTML file. */
  readonly page: string;
  readonly handle: (request: LocalRequest) => Promise<LocalAnswer>;
  /** 0 takes a free one. */
  readonly port?: number;
  /** Hears of errors that are no user's fault. */
  readonly onError?: (error: unknown) => void;
}

/** From the end of a review until requests under way are cut. */
const GRACE_MILLISECONDS = 1000;
const ADDRESS = "127.0.0.1";

/**
 * Serves one page and its data to this machine alone: on the loopback address, under a random token, to requests that
 * name this host and come from this page. Throws ConfigError when the port is taken.
 */
export async function serveLocally(options: LocalServerOptions): Promise<LocalServer> {
  const token = randomBytes(24).toString("base64url");
  const policy = pagePolicy(options.page);
  const server = createServer((request, response) => {
    answerTo(request, options, token)
      .catch((error: unknown) => failure(error, options))
      .then((answer) => answer && send(response, answer, policy))
      .catch((error: unknown) => options.onError?.(error));
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${ADDRESS}:${port}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        // A request that never ends must not hold the review open.
        const late = setTimeout(() => server.closeAllConnections(), GRACE_MILLISECONDS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

interface Reply {
  readonly status: number;
  readonly type:
    | "text/html; charset=utf-8"
    | "application/json"
    | `image/${PictureFormat}`
    | "text/plain; charset=utf-8";
  readonly body: string | Uint8Array;
}

async function answerTo(
  request: IncomingMessage,
  { page, handle }: LocalServerOptions,
  token: string,
): Promise<Reply> {
  const refusal = refusalOf(request);
  if (refusal !== undefined) return text(403, refusal);
  const { method } = request;
  if (method !== "GET" && method !== "POST") return text(405, "Expected GET or POST.");
  const url = new URL(request.url ?? "/", `http://${ADDRESS}`);
  const [, given = "", ...rest] = url.pathname.split("/");
  if (!isSame(given, token))
    return text(404, "Open the address that espalier printed: its last part is the key.");
  const path = rest.map(decoded).join("/");
  if (path === "" && method === "GET") return { status: 200, type: "text/html; charset=utf-8", body: page };
  const body = method === "POST" ? await jsonBody(request) : undefined;
  const answer = await handle({ method, path, query: url.searchParams, body });
  if (answer === undefined) return json(404, { error: "There is no such thing here." });
  if ("png" in answer) return { status: 200, type: "image/png", body: answer.png };
  if ("image" in answer) return { status: 200, type: `image/${answer.format}`, body: answer.image };
  return json(answer.status ?? 200, answer.json);
}

/** Why a request does not come from this page in this machine's browser; undefined when it does. */
function refusalOf({ headers, method, socket }: IncomingMessage): string | undefined {
  const hosts = [ADDRESS, "localhost"].map((name) => `${name}:${socket.localPort}`);
  // A page elsewhere whose name was rebound to this address still names itself here.
  if (!hosts.includes(headers.host ?? "")) return `Expected the host ${hosts.join(" or ")}.`;
  const { origin } = headers;
  const isOwn = hosts.some((host) => origin === `http://${host}`);
  if (origin !== undefined && !isOwn) return "Expected a request of this page, not of another.";
  if (method === "POST" && origin === undefined) return "Expected a request that names its origin.";
  const site = headers["sec-fetch-site"];
  if (method === "POST" && site !== undefined && site !== "same-origin")
    return "Expected a request of this page.";
  return undefined;
}

/** Undefined where nobody is left to be answered. */
function failure(error: unknown, { onError }: LocalServerOptions): Reply | undefined {
  if ((error as NodeJS.ErrnoException).code === "ECONNRESET") return undefined;
  if (error instanceof RequestError) return json(error.status, { error: error.message });
  if (error instanceof ConfigError) return json(400, { error: error.message });
  onError?.(error);
  return json(500, {
    error: error instanceof EspalierError ? error.message : "The server failed; its terminal says why.",
  });
}

function send(response: ServerResponse, { status, type, body }: Reply, policy: string): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    // An image never changes under its id; everything else may.
    "cache-control": type.startsWith("image/") ? "private, max-age=86400, immutable" : "no-store",
    "content-security-policy": policy,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(
        new ConfigError(`Cannot serve on port ${port} of ${ADDRESS} (${cause.code}): choose another one.`, {
          cause,
        }),
      );
    });
    server.listen(port, ADDRESS, resolve);
  });
}

function isSame(given: string, token: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RequestError(400, "Expected an address in UTF-8.");
  }
}

function json(status: number, value: unknown): Reply {
  return { status, type: "application/json", body: JSON.stringify(value) };
}

function text(status: number, body: string): Reply {
  return { status, type: "text/plain; charset=utf-8", body: `${body}\n` };
}
