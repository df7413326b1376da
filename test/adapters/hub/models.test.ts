import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  cachedModel,
  type HubEnvironment,
  hubEnvironment,
  type ModelRequest,
  readModelName,
  resolveModel,
} from "../../../src/adapters/hub/index.js";
import { pythonCommand } from "../../../src/adapters/python/index.js";
import { HubError } from "../../../src/errors.js";
import { HubServer, sha256, TOKEN } from "../../fixtures/hub/hub-server.js";
import { FakeProgress } from "../../records/fake-progress.js";

const NAME = "ann/tiny-clip";
/** More than one read of a stream, so that a cut falls into its middle. */
const WEIGHTS = Buffer.alloc(3_200_000, "weights of a model ");
const FILES = {
  ".gitattributes": "*.safetensors filter=lfs",
  "README.md": "# Tiny",
  "config.json": '{"model_type": "clip"}',
  "merges.txt": "a b",
  "vocab.json": "{}",
  "model.safetensors": WEIGHTS,
  "pytorch_model.bin": WEIGHTS,
  "flax_model.msgpack": "weights",
  "scripts/run.py": "print()",
  "parm/config.json": '{"model_type": "llava"}',
  "parm/model.safetensors": "other weights",
};

interface Bench {
  readonly server: HubServer;
  readonly environment: HubEnvironment;
  readonly folder: string;
  /** What progress was told. */
  readonly told: string[];
  resolve(typed: string, request?: ModelRequest): Promise<string>;
}

async function bench(given: Partial<HubEnvironment> = {}): Promise<Bench> {
  const server = await new HubServer().open();
  const folder = mkdtempSync(join(tmpdir(), "espalier-models-"));
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  server.model(NAME, FILES);
  const patience = { attempts: 2, pause: 1, wait: async () => undefined };
  const base = { url: server.url, token: undefined, cache: join(folder, "hub"), offline: false, patience };
  const environment = { ...base, ...given };
  const told: string[] = [];
  const progress = new FakeProgress({
    start: (name, total, unit, done = 0) => void told.push(`${name}: ${done} of ${total} ${unit}`),
    advance: (count) => void told.push(`+${count}`),
    end: () => void told.push("end"),
  });
  const resolved = (typed: string, request: ModelRequest = {}) =>
    resolveModel(typed, environment, { progress, ...request });
  return { server, environment, folder, told, resolve: resolved };
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HubError);
  expect(String((error as HubError).stack)).not.toContain(TOKEN);
  return (error as HubError).message;
}

const fetches = ({ server }: Bench) => server.requests.filter((line) => line.includes("/resolve/"));

describe("a model of the Hub", () => {
  test("comes into the cache as huggingface_hub lays it out: data only, weights last", async () => {
    const at = await bench();
    const folder = await at.resolve(NAME);
    const root = join(at.environment.cache, "models--ann--tiny-clip");
    const commit = at.server.commitOf(NAME);
    expect(folder).toBe(join(root, "snapshots", commit));
    expect(readFileSync(join(root, "refs", "main"), "utf8")).toBe(commit);
    expect(readdirSync(folder).sort()).toEqual([
      "config.json",
      "merges.txt",
      "model.safetensors",
      "vocab.json",
    ]);
    const link = join(folder, "model.safetensors");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readlinkSync(link)).toBe(join("..", "..", "blobs", sha256(WEIGHTS)));
    expect(readFileSync(link).equals(WEIGHTS)).toBe(true);
    expect(readdirSync(join(root, "blobs"))).toHaveLength(4);
    expect(fetches(at).at(-1)).toMatch(/model\.safetensors$/);
    expect(at.told).toEqual(["ann/tiny-clip: 0 of 4 MB", ...Array(3).fill("+1"), "end"]);
  });

  test("is found by Python's huggingface_hub without a connection", { timeout: 120_000 }, async () => {
    const at = await bench();
    const folder = await at.resolve(NAME);
    const program =
      "import sys; from huggingface_hub import snapshot_download, try_to_load_from_cache as find; " +
      "print(snapshot_download(sys.argv[1], cache_dir=sys.argv[2], local_files_only=True)); " +
      "print(find(sys.argv[1], 'model.safetensors', cache_dir=sys.argv[2]))";
    const { stdout } = await execa(pythonCommand(), ["-c", program, NAME, at.environment.cache], {
      env: { HF_HUB_OFFLINE: "1" },
      timeout: 100_000,
    });
    expect(stdout.split("\n")).toEqual([folder, join(folder, "model.safetensors")]);
  });

  test("is not asked for again, also when its branch went on or nothing may be fetched", async () => {
    const at = await bench();
    const folder = await at.resolve(NAME);
    at.server.model(NAME, { ...FILES, "config.json": "{}" });
    at.server.forget();
    expect(await at.resolve(NAME)).toBe(folder);
    expect(await resolveModel(NAME, { ...at.environment, offline: true })).toBe(folder);
    expect(at.server.requests).toEqual([]);
    const newer = await at.resolve(`${NAME}@${at.server.commitOf(NAME)}`);
    expect(newer).not.toBe(folder);
    expect(fetches(at).filter((line) => line.includes("model.safetensors"))).toEqual([]);
  });

  test("comes at the pinned revision, and at the one that is named", async () => {
    const at = await bench();
    const commit = at.server.commitOf(NAME);
    expect(await at.resolve(NAME, { pins: { [NAME]: commit } })).toMatch(commit);
    expect(existsSync(join(at.environment.cache, "models--ann--tiny-clip", "refs"))).toBe(false);
    expect(await failure(at.resolve(`${NAME}@v9`, { pins: { [NAME]: commit } }))).toContain(
      'has no revision "v9"',
    );
  });

  test("can be a folder of its repository, or only its tokenizer", async () => {
    const at = await bench();
    const folder = await at.resolve(`${NAME}/parm`);
    expect(readdirSync(folder).sort()).toEqual(["config.json", "model.safetensors"]);
    expect(fetches(at).every((line) => line.includes("/parm/"))).toBe(true);
    const words = await at.resolve(NAME, { part: "tokenizer" });
    expect(readdirSync(words).sort()).toEqual(["merges.txt", "parm", "vocab.json"]);
    expect(cachedModel(NAME, at.environment)).toBeUndefined();
    expect(readdirSync(await at.resolve(NAME))).toContain("model.safetensors");
    expect(await failure(at.resolve(`${NAME}/orm`))).toMatch(/orm holds no files.*scripts, parm/);
  });

  test("goes on where its download was cut, in this process and in the next", async () => {
    const at = await bench();
    const on = /GET .*\/resolve\/.*model\.safetensors/;
    // The first request of a file asks for its size.
    at.server.trouble(on, {}, 1);
    at.server.trouble(on, { cutAnswerAfter: 2_000_000 }, 1);
    await at.resolve(NAME);
    expect(at.server.ranges.some((range) => /^bytes=[1-9]\d+-$/.test(range))).toBe(true);
    const other = await bench();
    other.server.trouble(on, {}, 1);
    other.server.trouble(on, { cutAnswerAfter: 1_500_000 }, 1);
    other.server.trouble(on, { status: 500 }, 2);
    expect(await failure(other.resolve(NAME))).toContain("Run the command again");
    expect(cachedModel(NAME, other.environment)).toBeUndefined();
    other.server.forget();
    other.told.length = 0;
    await other.resolve(NAME);
    expect(other.server.ranges.some((range) => /^bytes=[1-9]\d+-$/.test(range))).toBe(true);
    expect(other.told[0]).toBe("ann/tiny-clip: 1 of 4 MB");
  });

  test("may lie elsewhere, where the token is not sent", async () => {
    const [at, elsewhere] = [await bench({ token: TOKEN }), await bench()];
    const location = `${elsewhere.server.url}/${NAME}/resolve/main/model.safetensors`;
    at.server.trouble(/resolve.*model\.safetensors/, { status: 302, headers: { location } }, 9);
    const folder = await at.resolve(NAME);
    expect(readFileSync(join(folder, "model.safetensors")).equals(WEIGHTS)).toBe(true);
    expect(new Set(at.server.authorizations)).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(new Set(elsewhere.server.authorizations)).toEqual(new Set([""]));
  });

  test("is refused when a byte of it is wrong, and fetched anew the next time", async () => {
    const at = await bench();
    const blob = join(at.environment.cache, "models--ann--tiny-clip", "blobs", sha256(WEIGHTS));
    mkdirSync(dirname(blob), { recursive: true });
    writeFileSync(`${blob}.incomplete`, "wrong beginning");
    expect(await failure(at.resolve(NAME))).toContain("came damaged");
    expect(readFileSync(join(await at.resolve(NAME), "model.safetensors")).equals(WEIGHTS)).toBe(true);
  });

  test("whose shards are not all there is not whole", async () => {
    const at = await bench();
    const index = JSON.stringify({ weight_map: { a: "model-1.safetensors", b: "model-2.safetensors" } });
    const shards = { "model-1.safetensors": "one", "model-2.safetensors": "two" };
    at.server.model(NAME, { "model.safetensors.index.json": index, "config.json": "{}", ...shards });
    const folder = await at.resolve(NAME);
    expect(fetches(at).at(-1)).toContain("model-2");
    rmSync(join(folder, "model-2.safetensors"));
    expect(cachedModel(NAME, at.environment)).toBeUndefined();
  });
});

describe("a model that cannot be had", () => {
  test("gated, says where its licence is accepted", async () => {
    const at = await bench();
    at.server.model(NAME, FILES, true);
    const said = await failure(at.resolve(NAME));
    expect(said).toBe(
      `${NAME} is gated: accept its licence at ${at.server.url}/${NAME}, make a token of your account that may read it, and set the variable HF_TOKEN to it.`,
    );
    const withToken = { ...at.environment, token: TOKEN };
    expect(await resolveModel(NAME, withToken)).toContain("snapshots");
  });

  test("missing or private, says so", async () => {
    const at = await bench();
    expect(await failure(at.resolve("ann/none"))).toMatch(/no model ann\/none .*needs a token.*HF_TOKEN/);
    const known = await bench({ token: TOKEN });
    expect(await failure(known.resolve("ann/none"))).toMatch(/no model ann\/none .*may not see it/);
    const stranger = await bench({ token: "hf_unknown" });
    expect(await failure(stranger.resolve(NAME))).toMatch(/does not know the token in HF_TOKEN/);
  });

  test("of pickles only, names the way to convert them, and fetches none", async () => {
    const at = await bench();
    at.server.model("ann/old", { "config.json": "{}", "pytorch_model.bin": "a program" });
    expect(await failure(at.resolve("ann/old"))).toMatch(
      /pickle \(pytorch_model\.bin\).*hf download ann\/old .*python -m espalier_torch\.convert_weights FOLDER\/pytorch_model\.bin FOLDER\/model\.safetensors/,
    );
    expect(fetches(at)).toEqual([]);
  });

  test("offline, is looked for in the cache alone", async () => {
    const at = await bench({ offline: true });
    expect(await failure(at.resolve(NAME))).toMatch(/tiny-clip at "main" is not whole.*HF_HUB_OFFLINE/);
    expect(at.server.requests).toEqual([]);
  });

  test("with a name that is none, is refused", async () => {
    const at = await bench();
    for (const typed of ["tiny", "../up/there", "ann/../bob", "ann/x/../y", "/no/such/folder"]) {
      expect(await failure(at.resolve(typed)), typed).toContain("Expected a folder that exists");
    }
    expect(await at.resolve("src/adapters")).toBe(resolve("src/adapters"));
  });
});

test("names of models have a repository, perhaps a folder and a revision", () => {
  const parts = (typed: string) => Object.values(readModelName(typed) ?? {});
  expect(parts("showlab/show-o")).toEqual(["showlab/show-o", "", undefined]);
  expect(parts("ZiyuG/Image-Generation-CoT/parm@refs/pr/2")).toEqual([
    "ZiyuG/Image-Generation-CoT",
    "parm",
    "refs/pr/2",
  ]);
  expect(readModelName("./ann/x")).toBeUndefined();
});

test("the Hub's own variables say where its cache is, and whether one may ask", () => {
  const of = (variables: Record<string, string>) => hubEnvironment(variables);
  expect(of({})).toEqual({
    url: "https://huggingface.co",
    token: undefined,
    cache: join(homedir(), ".cache", "huggingface", "hub"),
    offline: false,
  });
  expect(of({ HF_HOME: "/a", HF_TOKEN: "hf_x" })).toMatchObject({ cache: join("/a", "hub"), token: "hf_x" });
  expect(of({ HF_HOME: "/a", HF_HUB_CACHE: "/b", HF_HUB_OFFLINE: "true" })).toMatchObject({
    cache: "/b",
    offline: true,
  });
  expect(of({ XDG_CACHE_HOME: "/c", HF_HUB_OFFLINE: "0" })).toMatchObject({
    cache: join("/c", "huggingface", "hub"),
    offline: false,
  });
});
