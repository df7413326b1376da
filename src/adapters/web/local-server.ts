import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { type Context, Hono, type Next } from "hono";
import { ConfigError, EspalierError } from "../../errors.js";
import { answered } from "./answers.js";
import type { LocalRoute } from "./local-route.js";
import { pagePolicy } from "./page-policy.js";
import { jsonBody, RequestError } from "./request-body.js";

export interface LocalServer {
  /** With the token: whoever has it may use the pages. */
  readonly url: string;
  /** Waits a moment for requests under way, then cuts them. */
  close(): Promise<void>;
}

export interface LocalServerOptions {
  /** The first that fits a request answers it. */
  readonly routes: readonly LocalRoute[];
  /** Folder of built pages that are served as they are, `index.html` as the first of them. */
  readonly files?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** Hears of errors that are no user's fault. */
  readonly onError?: (error: unknown) => void;
}

type Bindings = { Bindings: HttpBindings };
type Asked = Context<Bindings>;

/** From the end of a server until requests under way are cut. */
const GRACE_MILLISECONDS = 1000;
const ADDRESS = "127.0.0.1";

/**
 * Serves pages and their data to this machine alone: on the loopback address, under a random token, to requests that name
 * this host and come from these pages. Throws ConfigError when the port is taken.
 */
export async function serveLocally(options: LocalServerOptions): Promise<LocalServer> {
  const token = randomBytes(24).toString("base64url");
  const server = createAdaptorServer({ fetch: site(options, token).fetch }) as Server;
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${ADDRESS}:${port}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        // A request that never ends must not hold the server open.
        const late = setTimeout(() => server.closeAllConnections(), GRACE_MILLISECONDS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** Every request passes the same checks, whichever route it is for, and every answer carries the same headers. */
function site({ routes, files, onError }: LocalServerOptions, token: string): Hono<Bindings> {
  const app = new Hono<Bindings>();
  app.use(withHeaders);
  app.use((asked, next) => checked(asked, next, token));
  for (const { method, path, answer } of routes) {
    app.on(method, `/${token}/${path}`, async (asked) => {
      const body = method === "POST" ? await jsonBody(asked.req.raw) : undefined;
      const query = new URL(asked.req.url).searchParams;
      return answered(asked, await answer({ params: asked.req.param(), query, body }));
    });
  }
  if (files !== undefined) {
    const rewriteRequestPath = (path: string) => path.slice(token.length + 1);
    app.get(`/${token}/*`, serveStatic({ root: files, rewriteRequestPath }));
  }
  app.notFound((asked) => asked.json({ error: "There is no such thing here." }, 404));
  app.onError((error, asked) => failure(error, asked, onError));
  return app;
}

async function checked(asked: Asked, next: Next, token: string): Promise<Response | undefined> {
  const refusal = refusalOf(asked.env.incoming);
  if (refusal !== undefined) return asked.text(`${refusal}\n`, 403);
  if (asked.req.method !== "GET" && asked.req.method !== "POST")
    return asked.text("Expected GET or POST.\n", 405);
  const [, given = ""] = asked.req.path.split("/");
  if (!isSame(given, token))
    return asked.text("Open the address that espalier printed: its last part is the key.\n", 404);
  if (!isUtf8(asked.req.path)) throw new RequestError(400, "Expected an address in UTF-8.");
  await next();
  return undefined;
}

/** Why a request does not come from these pages in this machine's browser; undefined when it does. */
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

/** What pages may load: files of this server alone, no script or style that is written into a page. */
const BUILT_POLICY = pagePolicy("", "'self'");

async function withHeaders(asked: Asked, next: Next): Promise<void> {
  await next();
  const { headers } = asked.res;
  const set = (name: string, value: string) => headers.has(name) || headers.set(name, value);
  // An image never changes under its id; everything else may.
  const isImage = headers.get("content-type")?.startsWith("image/") === true;
  set("cache-control", isImage ? "private, max-age=86400, immutable" : "no-store");
  set("content-security-policy", BUILT_POLICY);
  set("cross-origin-opener-policy", "same-origin");
  set("cross-origin-resource-policy", "same-origin");
  set("referrer-policy", "no-referrer");
  set("x-content-type-options", "nosniff");
}

function failure(error: Error, asked: Asked, onError: LocalServerOptions["onError"]): Response {
  if (error instanceof RequestError) return asked.json({ error: error.message }, error.status);
  if (error instanceof ConfigError) return asked.json({ error: error.message }, 400);
  // Nobody is left to be answered.
  if (asked.env.incoming.destroyed || (error as NodeJS.ErrnoException).code === "ECONNRESET")
    return asked.body(null, 400);
  onError?.(error);
  const words = error instanceof EspalierError ? error.message : "The server failed; its terminal says why.";
  return asked.json({ error: words }, 500);
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

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
