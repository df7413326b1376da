import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type Hub,
  openHub,
  pullBundle,
  pushBundle,
  repositoryName,
} from "../../../src/adapters/hub/index.js";
import { HubError } from "../../../src/errors.js";
import type { Bundle } from "../../../src/records/bundle.js";
import { HubServer, sha256, TOKEN } from "../../fixtures/hub/hub-server.js";

const REPO = { type: "dataset", name: "ann/stars" } as const;
/** More than one read of a stream, so that a cut falls into its middle. */
const LARGE = Buffer.alloc(300_000, "stars and rings ");

interface Bench {
  readonly server: HubServer;
  readonly hub: Hub;
  /** Pauses that were asked for, in milliseconds. */
  readonly waits: number[];
  /** What was said of pauses that the Hub asked for. */
  readonly notes: string[];
  readonly folder: string;
}

async function bench(token = TOKEN): Promise<Bench> {
  const server = await new HubServer().open();
  const folder = mkdtempSync(join(tmpdir(), "espalier-hub-"));
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const waits: number[] = [];
  const notes: string[] = [];
  const wait = async (milliseconds: number) => void waits.push(milliseconds);
  const onWait = (text: string) => void notes.push(text);
  const patience = { onWait, attempts: 3, pause: 10, wait, now: () => Date.parse("2026-01-01T00:00:00Z") };
  return { server, waits, notes, folder, hub: openHub({ url: server.url, token, patience }) };
}

function bundle({ folder }: Bench, more: Bundle["files"] = []): Bundle {
  const file = join(folder, "shard.arrow");
  writeFileSync(file, LARGE);
  const files = [
    { path: "README.md", content: "# Stars\n" },
    { path: "data/00000.arrow", content: { file } },
    { path: "images/examples.png", content: Uint8Array.of(1, 2, 3) },
    ...more,
  ];
  return { kind: "pairs", title: "stars", provenance: { judge: "j" }, files };
}

const push = (at: Bench, given: Bundle = bundle(at)) =>
  pushBundle(at.hub, REPO, given, { visibility: "private" });
const pull = (at: Bench) =>
  pullBundle(at.hub, REPO, { kind: "pairs", folder: join(at.folder, "pulled"), revision: "main" });
const pulled = (at: Bench, path: string) => readFileSync(join(at.folder, "pulled", path));
const uploads = ({ server }: Bench) => server.requests.filter((line) => line.startsWith("PUT")).length;

async function failure(work: Promise<unknown>): Promise<HubError> {
  const error = await work.then(() => undefined).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HubError);
  expect(String((error as HubError).stack)).not.toContain(TOKEN);
  return error as HubError;
}

describe("a push", () => {
  test("makes a private repository with every file and, last of all, a manifest of their hashes", async () => {
    const at = await bench();
    const { url, ...counts } = await push(at);
    expect(counts).toEqual({ sent: 3, unchanged: 0, deleted: 0 });
    expect(url).toBe(`${at.server.url}/datasets/ann/stars`);
    expect(at.server.repos.get(REPO.name)).toMatchObject({ type: "dataset", visibility: "private" });
    const files = at.server.files(REPO.name);
    expect(Object.keys(files)).toEqual([
      "README.md",
      "data/00000.arrow",
      "images/examples.png",
      "espalier.json",
    ]);
    expect(files["data/00000.arrow"]?.equals(LARGE)).toBe(true);
    const manifest = JSON.parse(String(files["espalier.json"])) as Record<string, unknown>;
    expect(manifest).toMatchObject({ format: 1, kind: "pairs", provenance: { judge: "j" } });
    expect(manifest["files"]).toMatchObject({
      "data/00000.arrow": { sha256: sha256(LARGE), bytes: LARGE.length },
      "README.md": { sha256: sha256("# Stars\n"), bytes: 8 },
    });
    expect(String(files["espalier.json"])).not.toContain(TOKEN);
  });

  test("again sends nothing", async () => {
    const at = await bench();
    await push(at);
    at.server.forget();
    expect(await push(at)).toMatchObject({ sent: 0, unchanged: 3, deleted: 0 });
    expect(at.server.requests.filter((line) => /preupload|commit|PUT/.test(line))).toEqual([]);
  });

  test("sends what differs, deletes what it brought before, and leaves alone what others put there", async () => {
    const at = await bench();
    await push(at, bundle(at, [{ path: "data/00001.arrow", content: "old shard" }]));
    at.server.put(REPO.name, "notes.md", "by hand");
    const { files, ...given } = bundle(at);
    const changed = files.map((file) =>
      file.path === "README.md" ? { ...file, content: "# Rings\n" } : file,
    );
    expect(await push(at, { ...given, files: changed })).toMatchObject({ sent: 1, unchanged: 2, deleted: 1 });
    const after = at.server.files(REPO.name);
    expect(Object.keys(after).sort()).toEqual(
      ["README.md", "data/00000.arrow", "espalier.json", "images/examples.png", "notes.md"].sort(),
    );
    expect(String(after["README.md"])).toBe("# Rings\n");
  });

  test("with a token that is refused ends at once and says which variable to mend", async () => {
    const at = await bench("hf_another");
    const error = await failure(push(at));
    expect(error.message).toMatch(
      /answered 401 \(Invalid credentials.*\)\. Expected a valid access token in .* HF_TOKEN/,
    );
    expect(error.exitCode).toBe(2);
    expect([at.server.requests.length, at.waits]).toEqual([1, []]);
  });

  test("without a token asks for one before it sends anything", async () => {
    const at = await bench();
    const withoutToken = { ...at, hub: openHub({ url: at.server.url, token: undefined }) };
    expect((await failure(push(withoutToken))).message).toContain("variable HF_TOKEN");
    expect(at.server.requests).toEqual([]);
  });

  test("waits as long as a busy Hub says, in seconds or until a date, and goes on", async () => {
    const at = await bench();
    at.server.trouble(/preupload/, { status: 429, headers: { "retry-after": "7" } });
    const date = "Thu, 01 Jan 2026 00:01:30 GMT";
    at.server.trouble(/objects\/batch/, { status: 429, headers: { "retry-after": date } });
    expect(await push(at)).toMatchObject({ sent: 3 });
    expect(at.waits).toEqual([7000, 90_000]);
  });

  test("waits for the end of the Hub's window, at most five minutes, however often it says so", async () => {
    const at = await bench();
    const ratelimit = (value: string) => ({ status: 429, headers: { ratelimit: value } });
    at.server.trouble(/preupload/, ratelimit('"api";r=0;t=50'), 6);
    at.server.trouble(/objects\/batch/, ratelimit('"pages";r=7;t=290, "resolvers"; t=40; r=0'));
    at.server.trouble(/commit/, ratelimit('"api";r=0;t=4000'));
    expect(await push(at)).toMatchObject({ sent: 3 });
    expect(at.waits).toEqual([...Array(6).fill(50_000), 40_000, 300_000]);
    expect(at.notes[0]).toBe("The Hub has too many requests: going on in 50 s, as it asks");
    at.server.forget();
    at.server.trouble(/tree/, ratelimit('"api";r=0;t=300'), 4);
    expect((await failure(push(at))).message).toContain("asks to wait 300 s. Run the command again then");
  });

  test("asks again at its own pace where the Hub says nothing that can be read, or to come at once", async () => {
    const at = await bench();
    at.server.trouble(/tree/, { status: 429, headers: { ratelimit: "x", "retry-after": "0" } });
    at.server.trouble(
      /preupload/,
      { status: 429, headers: { ratelimit: "soon", "retry-after": "later" } },
      2,
    );
    expect(await push(at)).toMatchObject({ sent: 3 });
    expect(at.waits).toEqual([10, 10, 20]);
  });

  test("is stopped in the middle of a pause", async () => {
    const { server } = await bench();
    server.trouble(/create/, { status: 429, headers: { ratelimit: '"api";r=0;t=50' } });
    const stop = new AbortController();
    const reason = new Error("Interrupted");
    const hub = openHub(
      { url: server.url, token: TOKEN },
      { signal: stop.signal, onWait: () => queueMicrotask(() => stop.abort(reason)) },
    );
    const empty: Bundle = { kind: "pairs", title: "", provenance: {}, files: [] };
    await expect(pushBundle(hub, REPO, empty, { visibility: "private" })).rejects.toBe(reason);
  });

  test("does not wait for hours: it says when to come back", async () => {
    const at = await bench();
    at.server.trouble(/create/, { status: 429, headers: { "retry-after": "7200" } });
    expect((await failure(push(at))).message).toContain("wait 7200 s");
  });

  test("tries again after growing pauses when the server fails, and gives up in the end", async () => {
    const at = await bench();
    at.server.trouble(/commit/, { status: 503 }, 2);
    expect(await push(at)).toMatchObject({ sent: 3 });
    expect(at.waits).toEqual([10, 20]);
    at.server.trouble(/tree/, { status: 500 }, 3);
    expect((await failure(push(at))).message).toContain("the Hub answered 500");
  });

  test("goes on after a connection that was cut in the middle of a file", async () => {
    const at = await bench();
    at.server.trouble(/^PUT/, { cutRequestAfter: 100_000 });
    expect(await push(at)).toMatchObject({ sent: 3 });
    expect([uploads(at), at.waits]).toEqual([2, [10]]);
    expect(at.server.files(REPO.name)["data/00000.arrow"]?.equals(LARGE)).toBe(true);
  });

  test("that broke off before its commit sends no large file twice", async () => {
    const at = await bench();
    at.server.trouble(/commit/, { cutRequestAfter: 1 }, 3);
    expect((await failure(push(at))).message).toContain("cannot be reached (3 tries");
    expect(Object.keys(at.server.files(REPO.name))).toEqual([]);
    at.server.forget();
    expect(await push(at)).toMatchObject({ sent: 3 });
    expect(uploads(at)).toBe(0);
    expect(Object.keys(at.server.files(REPO.name))).toContain("espalier.json");
  });

  test("refuses files that could be more than data", async () => {
    const at = await bench();
    for (const path of [
      "model.pt",
      "weights.bin",
      "a/state.pkl",
      ".env",
      "../up.json",
      "a//b.json",
      "run.sh",
    ]) {
      expect((await failure(push(at, bundle(at, [{ path, content: "x" }])))).message).toContain(
        `refused "${path}"`,
      );
    }
    expect(at.server.requests).toEqual([]);
  });
});

describe("a pull", () => {
  test("brings every file back, checked, and again fetches nothing", async () => {
    const at = await bench();
    await push(at);
    expect(await pull(at)).toMatchObject({ fetched: 3, unchanged: 0, manifest: { kind: "pairs" } });
    expect(pulled(at, "data/00000.arrow").equals(LARGE)).toBe(true);
    expect(pulled(at, "espalier.json").equals(at.server.files(REPO.name)["espalier.json"] as Buffer)).toBe(
      true,
    );
    at.server.forget();
    expect(await pull(at)).toMatchObject({ fetched: 0, unchanged: 3 });
    expect(at.server.requests.filter((line) => line.includes("arrow"))).toEqual([]);
  });

  test("fetches again what was changed here", async () => {
    const at = await bench();
    await push(at);
    await pull(at);
    writeFileSync(join(at.folder, "pulled", "README.md"), "changed");
    expect(await pull(at)).toMatchObject({ fetched: 1, unchanged: 2 });
    expect(String(pulled(at, "README.md"))).toBe("# Stars\n");
  });

  test("goes on in the middle of a file whose connection was cut, in this call and in the next", async () => {
    const at = await bench();
    await push(at);
    const arrow = /GET .*arrow/;
    // The first of the requests for a file asks for its size.
    at.server.trouble(arrow, { cutAnswerAfter: 1 }, 1);
    at.server.trouble(arrow, { cutAnswerAfter: 100_000 }, 1);
    await pull(at);
    expect(pulled(at, "data/00000.arrow").equals(LARGE)).toBe(true);

    rmSync(join(at.folder, "pulled"), { recursive: true });
    writeFileSyncIn(at, "data/00000.arrow.partial", LARGE.subarray(0, 123_456));
    at.server.forget();
    await pull(at);
    expect(at.server.ranges).toContain("bytes=123456-");
    expect(pulled(at, "data/00000.arrow").equals(LARGE)).toBe(true);
    expect(existsSync(join(at.folder, "pulled", "data/00000.arrow.partial"))).toBe(false);
  });

  test("keeps no file that is not what the manifest says", async () => {
    const at = await bench();
    await push(at);
    at.server.put(REPO.name, "README.md", "# Stirs\n");
    expect((await failure(pull(at))).message).toContain('"README.md" is not what espalier.json says it is');
    expect(existsSync(join(at.folder, "pulled", "README.md"))).toBe(false);
    expect(existsSync(join(at.folder, "pulled", "README.md.partial"))).toBe(false);
    at.server.put(REPO.name, "README.md", "longer than it was");
    expect((await failure(pull(at))).message).toContain("is not what");
  });

  test.each([
    "../outside.json",
    "/etc/outside.json",
    "a/../../outside.json",
    "C:\\outside.json",
    ".git/hooks/x.json",
    "model.pkl",
    "pytorch_model.bin",
    "weights.pt",
    "run.py",
  ])("refuses %s before it writes anything", async (path) => {
    const at = await bench();
    const file = { sha256: sha256("x"), bytes: 1 };
    const files = { "README.md": file, [path]: file };
    at.server.put(REPO.name, "README.md", "x");
    at.server.put(
      REPO.name,
      "espalier.json",
      JSON.stringify({ format: 1, kind: "pairs", provenance: {}, files }),
    );
    expect((await failure(pull(at))).message).toContain(`refused "${path}"`);
    expect(existsSync(join(at.folder, "pulled"))).toBe(false);
  });

  test.each([
    ["README.md", "a link to a file"],
    ["README.md.partial", "a link to a file"],
    ["espalier.json", "a link to nothing"],
    ["espalier.json.partial", "a link to nothing"],
    ["data/00000.arrow.partial", "a second name"],
    ["images", "a link to a folder"],
    ["data", "a file"],
    ["README.md", "a folder"],
  ])("writes nothing where %s is %s", async (path, kind) => {
    const at = await bench();
    await push(at);
    const outside = join(at.folder, "outside");
    const place = join(at.folder, "pulled", path);
    mkdirSync(dirname(place), { recursive: true });
    if (kind !== "a link to nothing") writeFileSync(outside, "mine");
    if (kind.startsWith("a link")) symlinkSync(kind === "a link to a folder" ? at.folder : outside, place);
    else if (kind === "a second name") linkSync(outside, place);
    else if (kind === "a file") writeFileSync(place, "mine");
    else mkdirSync(place);
    expect((await failure(pull(at))).message).toMatch(/is in the way: expected .* nothing was written/);
    expect(existsSync(outside) ? String(readFileSync(outside)) : "mine").toBe("mine");
    expect(existsSync(join(at.folder, "pulled", "data", "00000.arrow"))).toBe(false);
  });

  test("refuses a repository without a manifest, or with another kind of one", async () => {
    const at = await bench();
    at.server.put(REPO.name, "README.md", "x");
    expect((await failure(pull(at))).message).toContain("only what espalier pushed can be pulled");
    for (const text of ["{", "[]", "{}", '{"format": 2, "kind": "pairs", "files": {}}']) {
      at.server.put(REPO.name, "espalier.json", text);
      await failure(pull(at));
    }
    at.server.put(
      REPO.name,
      "espalier.json",
      '{"format":1,"kind":"pairs","files":{"a.json":{"sha256":"short","bytes":1}}}',
    );
    expect((await failure(pull(at))).message).toContain('sha256 and bytes of "a.json"');
  });

  test("refuses a repository of another kind", async () => {
    const at = await bench();
    at.server.put(REPO.name, "espalier.json", '{"format":1,"kind":"checkpoint","provenance":{},"files":{}}');
    expect((await failure(pull(at))).message).toContain("Expected pairs in ann/stars, got checkpoint");
  });

  test("says when there is no such repository", async () => {
    const at = await bench();
    expect((await failure(pull(at))).message).toContain("answered 404");
  });
});

describe("what is sent to a Hub", () => {
  test("goes to https only, or to this machine", () => {
    expect(() => openHub({ url: "http://hub.example", token: TOKEN })).toThrow(HubError);
    expect(() => openHub({ url: "no address", token: TOKEN })).toThrow(HubError);
    expect(openHub({ url: "https://hub.example/", token: TOKEN }).url).toBe("https://hub.example");
  });

  test("never shows a token that cannot be one", async () => {
    const error = await failure(
      Promise.resolve().then(() => openHub({ url: "https://a.b", token: "sk-secret" })),
    );
    expect(error.message).not.toContain("secret");
  });

  test("is named OWNER/NAME", () => {
    expect(repositoryName("ann/red-stars.v2")).toBe("ann/red-stars.v2");
    for (const name of ["stars", "a/b/c", "../b", "a/..", "a/b?x", ""])
      expect(() => repositoryName(name)).toThrow(HubError);
  });
});

function writeFileSyncIn({ folder }: Bench, path: string, content: Buffer): void {
  const file = join(folder, "pulled", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
