import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, describe, expect, test } from "vitest";
import { pythonCommand } from "../src/adapters/python/index.js";
import { childEnvironment } from "../src/machine/child-environment.js";

const WATCH = [
  "--map-root-user",
  "--net",
  "--mount",
  pythonCommand(),
  resolve("test/fixtures/quiet/watch.py"),
];
const LOOK_UP = [pythonCommand(), "-c", "import socket; socket.getaddrinfo('host.invalid', 80)"];
/** What tsx, Node and torch keep of code they have compiled. */
const COMPILED = /^temporary\/(tsx-\d+|node-compile-cache|torchinductor_\w+)(\/|$)/;

const folder = mkdtempSync(join(tmpdir(), "espalier-quiet-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command without a network, its home, cache and temporary folder empty. */
async function watched(command: readonly string[], own: NodeJS.ProcessEnv) {
  const [home, temporary] = ["home", "temporary"].map((name) => join(folder, name)) as [string, string];
  for (const place of [home, temporary]) mkdirSync(place, { recursive: true });
  const places = { HOME: home, XDG_CACHE_HOME: join(home, "cache"), TMPDIR: temporary };
  const options = { env: { ...own, ...places }, extendEnv: false, timeout: 240_000, reject: false } as const;
  const { exitCode, stdout, stderr } = await execa("unshare", [...WATCH, ...command], options);
  return { status: exitCode, stdout, stderr };
}

function loud(): NodeJS.ProcessEnv {
  const quiet = new Set(Object.keys(childEnvironment({}, {})));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !quiet.has(name)));
}

describe("a loop of generating, scoring and training", () => {
  test("asks for no host and leaves no file outside its workspace", { timeout: 300_000 }, async ({
    skip,
  }) => {
    const control = await watched(LOOK_UP, loud());
    if (!control.stdout.includes("host.invalid")) {
      skip(`this machine gives no network of one's own (unshare): ${control.stderr}`);
    }
    const pipeline = resolve("test/fixtures/quiet/loop.mts");
    const command = ["bin/espalier.js", "run", pipeline, "--workspace", join(folder, "workspace")];
    const result = await watched([process.execPath, ...command], loud());
    expect(result.status, result.stderr).toBe(0);
    for (const done of ["scores: 32 of 32", "training: 1 of 1"]) expect(result.stderr).toContain(done);
    expect(JSON.parse(result.stdout)).toEqual([]);
    const left = ["home", "temporary"].flatMap((place) =>
      readdirSync(join(folder, place), { recursive: true, encoding: "utf8" }).map(
        (name) => `${place}/${name}`,
      ),
    );
    expect(left.filter((name) => !COMPILED.test(name))).toEqual([]);
  });
});
