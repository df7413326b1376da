import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type LocalAnswer,
  type LocalEvent,
  type LocalRequest,
  type LocalServer,
  serveLocally,
} from "../../../src/adapters/web/index.js";
import { pagePolicy } from "../../../src/adapters/web/page-policy.js";
import { ConfigError, StoreError } from "../../../src/errors.js";
import { temporaryFolder } from "../../temporary-folders.js";

const PAGE = "<!doctype html><style>p { color: red }</style><p>page</p><script>let x = 1;</script>";
const seen: LocalRequest[] = [];
const failures: unknown[] = [];
const files = join(temporaryFolder("espalier-web-"), "files");
mkdirSync(files);
/** Resolves when nobody listens to the events any more. */
let unheard: Promise<void>;

async function* happenings(signal: AbortSignal): AsyncGenerator<LocalEvent> {
  yield { name: "changed", data: { at: 1 } };
  unheard = new Promise((gone) => signal.addEventListener("abort", () => gone(), { once: true }));
  await unheard;
}
let server: LocalServer;
let url: URL;

beforeAll(async () => {
  const answer = (given: LocalRequest): LocalAnswer => {
    seen.push(given);
    const { name } = given.params;
    if (name === "image") return { image: Uint8Array.of(1, 2, 3), format: "png" };
    if (name === "taken") return { json: { stale: true }, status: 409 };
    if (name === "user") throw new ConfigError("a name is missing");
    if (name === "store") throw new StoreError("the disk is full");
    if (name === "bug") throw new Error("secret detail");
    if (name === "happening") return { events: happenings };
    return name === "absent" ? undefined : { json: { name } };
  };
  mkdirSync(join(files, "assets", "deep"), { recursive: true });
  writeFileSync(join(files, "assets", "deep", "script.js"), "let y = 2;");
  writeFileSync(join(files, "..", "secret.txt"), "hidden words");
  server = await serveLocally({
    routes: [
      { method: "GET", path: "", answer: () => ({ page: PAGE }) },
      { method: "GET", path: ":name", answer },
      { method: "GET", path: ":name/:rest", answer },
      { method: "POST", path: ":name", answer },
    ],
    files,
    onError: (error) => failures.push(error),
  });
  url = new URL(server.url);
});
afterAll(() => server.close());

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** fetch sets Host and Origin itself; these requests say what they like. */
function ask(
  asked: Asked = {},
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }> {
  const { method = "GET", path = url.pathname, headers = {}, body } = asked;
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: url.port, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const own = () => ({ origin: url.origin, "content-type": "application/json" });
const post = (more: Partial<Asked> & { readonly headers?: Readonly<Record<string, string>> } = {}) =>
  ask({ method: "POST", path: `${url.pathname}save`, body: "{}", ...more, headers: more.headers ?? own() });

describe("the local server", () => {
  test("listens on the loopback address only, under a token of 192 bits", () => {
    expect(url.hostname).toBe("127.0.0.1");
    expect(url.pathname).toMatch(/^\/[\w-]{32}\/$/);
  });

  test("serves the page with a policy that lets nothing in from elsewhere", async () => {
    const { status, headers, text } = await ask();
    expect([status, text]).toEqual([200, PAGE]);
    expect(headers["content-security-policy"]).toBe(pagePolicy(PAGE));
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["referrer-policy"]).toBe("no-referrer");
  });

  test("gives nothing without the token, and says where it is", async () => {
    const before = seen.length;
    for (const path of ["/", "/save", `/${"x".repeat(32)}/save`, `${url.pathname.slice(0, -2)}/save`]) {
      const { status, text } = await ask({ path });
      expect([path, status]).toEqual([path, 404]);
      expect(text).toContain("address that espalier printed");
    }
    expect(seen).toHaveLength(before);
  });

  test.each([
    ["a host of another name (DNS rebinding)", { host: "evil.example:80" }],
    ["a host without the port", { host: "127.0.0.1" }],
    ["another origin", { origin: "https://evil.example" }],
    ["no origin it can name", { origin: "null" }],
  ])("refuses %s", async (_, headers) => {
    const before = seen.length;
    expect((await ask({ headers })).status).toBe(403);
    expect((await post({ headers: { ...own(), ...headers } })).status).toBe(403);
    expect(seen).toHaveLength(before);
  });

  test("takes a post of its own page only: with its origin, in JSON, and short", async () => {
    expect((await post()).status).toBe(200);
    expect((await post({ headers: { ...own(), host: `localhost:${url.port}` } })).status).toBe(200);
    expect((await post({ headers: { "content-type": "application/json" } })).status).toBe(403);
    expect((await post({ headers: { ...own(), "sec-fetch-site": "cross-site" } })).status).toBe(403);
    expect((await post({ headers: { ...own(), "content-type": "text/plain" } })).status).toBe(415);
    expect((await post({ body: "{" })).status).toBe(400);
    expect((await post({ body: JSON.stringify("x".repeat(20_000)) })).status).toBe(413);
    expect((await ask({ method: "DELETE" })).status).toBe(405);
  });

  test("hands the handler path, query and body", async () => {
    await ask({ path: `${url.pathname}a%20b/c?name=ann` });
    expect(seen.at(-1)).toMatchObject({ params: { name: "a b", rest: "c" }, body: undefined });
    expect(seen.at(-1)?.query.get("name")).toBe("ann");
    await post({ body: '{"answer": "left"}' });
    expect(seen.at(-1)).toMatchObject({ params: { name: "save" }, body: { answer: "left" } });
    expect((await ask({ path: `${url.pathname}%ff` })).status).toBe(400);
  });

  test("answers with JSON, images and what HTTP calls them", async () => {
    const path = (name: string) => ({ path: `${url.pathname}${name}` });
    expect((await ask(path("taken"))).status).toBe(409);
    expect((await ask(path("absent"))).status).toBe(404);
    expect((await ask(path("image"))).headers["content-type"]).toBe("image/png");
    expect((await ask(path("image"))).headers["cache-control"]).toContain("immutable");
  });

  test("tells the page what it can mend, and keeps its own failures to the terminal", async () => {
    const path = (name: string) => ({ path: `${url.pathname}${name}` });
    expect(await ask(path("user"))).toMatchObject({ status: 400, text: '{"error":"a name is missing"}' });
    expect(await ask(path("store"))).toMatchObject({ status: 500, text: '{"error":"the disk is full"}' });
    const bug = await ask(path("bug"));
    expect(bug.status).toBe(500);
    expect(bug.text).not.toContain("secret");
    expect(failures.map((error) => (error as Error).message)).toEqual(["the disk is full", "secret detail"]);
  });

  test("serves built files as they are, under the same checks, and nothing beside their folder", async () => {
    const path = `${url.pathname}assets/deep/script.js`;
    const served = await ask({ path });
    expect([served.status, served.text]).toEqual([200, "let y = 2;"]);
    expect(served.headers["content-security-policy"]).toBe(pagePolicy("", "'self'"));
    expect((await ask({ path, headers: { host: "evil.example" } })).status).toBe(403);
    for (const way of ["../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "a/b/..%5c..%5csecret.txt"]) {
      const { status, text } = await ask({ path: `${url.pathname}${way}` });
      expect([way, status === 200 && text.includes("hidden")]).toEqual([way, false]);
    }
  });

  test("tells what happens as it does, until nobody listens", async () => {
    const listening = new AbortController();
    const response = await fetch(`${url}happening`, { signal: listening.signal });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toBe('event: changed\ndata: {"at":1}\n\n');
    listening.abort();
    await unheard;
  });

  test("says when its port is taken", async () => {
    const again = serveLocally({ routes: [], port: Number(url.port) });
    await expect(again).rejects.toThrow(ConfigError);
    await expect(again).rejects.toThrow(`port ${url.port} of 127.0.0.1 (EADDRINUSE)`);
  });
});

test("the policy names every script and style of a page by hash, and no other source", () => {
  const policy = pagePolicy(PAGE);
  expect(policy).toContain("default-src 'none'");
  expect(policy.match(/'sha256-[A-Za-z0-9+/]{43}='/g)).toHaveLength(2);
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(pagePolicy("<p>none</p>")).toContain("script-src 'none'");
});
