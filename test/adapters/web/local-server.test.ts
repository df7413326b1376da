import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalRequest, type LocalServer, serveLocally } from "../../../src/adapters/web/index.js";
import { pagePolicy } from "../../../src/adapters/web/page-policy.js";
import { ConfigError, StoreError } from "../../../src/errors.js";

const PAGE = "<!doctype html><style>p { color: red }</style><p>page</p><script>let x = 1;</script>";
const seen: LocalRequest[] = [];
const failures: unknown[] = [];
let server: LocalServer;
let url: URL;

beforeAll(async () => {
  server = await serveLocally({
    page: PAGE,
    handle: async (given) => {
      seen.push(given);
      if (given.path === "image") return { png: Uint8Array.of(1, 2, 3) };
      if (given.path === "taken") return { json: { stale: true }, status: 409 };
      if (given.path === "user") throw new ConfigError("a name is missing");
      if (given.path === "store") throw new StoreError("the disk is full");
      if (given.path === "bug") throw new Error("secret detail");
      return given.path === "absent" ? undefined : { json: { path: given.path } };
    },
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
    expect((await post({ body: JSON.stringify("x".repeat(5000)) })).status).toBe(413);
    expect((await ask({ method: "DELETE" })).status).toBe(405);
  });

  test("hands the handler path, query and body", async () => {
    await ask({ path: `${url.pathname}a%20b/c?name=ann` });
    expect(seen.at(-1)).toMatchObject({ method: "GET", path: "a b/c", body: undefined });
    expect(seen.at(-1)?.query.get("name")).toBe("ann");
    await post({ body: '{"answer": "left"}' });
    expect(seen.at(-1)).toMatchObject({ method: "POST", path: "save", body: { answer: "left" } });
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

  test("says when its port is taken", async () => {
    const again = serveLocally({ page: PAGE, handle: async () => undefined, port: Number(url.port) });
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
