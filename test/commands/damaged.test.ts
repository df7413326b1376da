import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { espalier as startEspalier } from "../espalier-command.js";
import { runIn } from "./surroundings.js";

const PROGRAM = resolve("bin/espalier.js");
const folder = mkdtempSync(join(tmpdir(), "espalier-damaged-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const espalier = (...words: string[]) => runIn(folder, words);
const started = (...words: string[]) => startEspalier(words, { cwd: folder });

test("pairs wait for scores, damage is found where a file is opened, and the same command makes it again", async () => {
  writeFileSync(join(folder, "two.txt"), "a photo of a red star\na photo of two blue circles\n");
  const generate = ["generate", "two.txt", "--count", "4"];
  const id = /candidates (\w+)/.exec((await started(...generate)).stdout)?.[1] ?? "";

  const early = await espalier("pair", id, "--policy", "best-versus-worst");
  expect(early).toMatchObject({ status: 2, stdout: "" });
  expect(early.stderr).toContain(`First: espalier score ${id}`);
  const asked = await espalier("sql", "SELECT count(*) FROM stages WHERE name = 'pairs'");
  expect(asked.stdout).toContain("\n0");

  const [shards = ""] = readdirSync(join(folder, "workspace/arrow"));
  const file = join(folder, "workspace/arrow", shards, "00000.arrow");
  const whole = readFileSync(file);
  const bytes = Uint8Array.from(whole);
  bytes[whole.length >> 1] = (bytes[whole.length >> 1] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const ledger = hashOf(readFileSync(join(folder, "workspace/espalier.db")));
  for (const words of [
    ["score", id],
    // Three of its four candidates are in the damaged shard.
    ["generate", "two.txt", "--count", "3"],
  ]) {
    const refused = await espalier(...words);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(
      /has changed since it was written.*To make it anew: espalier generate two.txt --count 4\n/s,
    );
    expect(hashOf(readFileSync(join(folder, "workspace/espalier.db"))), words.join(" ")).toBe(ledger);
  }

  for (const harm of ["damaged", "missing", "a folder", "a link out"]) {
    if (harm !== "damaged") rmSync(file);
    if (harm === "a folder") mkdirSync(file);
    if (harm === "a link out") symlinkSync(PROGRAM, file);
    const again = await (harm === "damaged" ? started : espalier)(...generate);
    expect(again.status).toBe(0);
    const said = harm === "missing" ? "missing" : "damaged";
    expect(again.stderr).toContain(`00000.arrow is ${said}: it is made again`);
    expect(again.stderr).not.toContain("is not what it was");
    expect(hashOf(readFileSync(file))).toBe(hashOf(whole));
  }
  expect((await espalier("score", id)).status).toBe(0);
  expect((await espalier("pair", id, "--policy", "best-versus-worst")).status).toBe(0);

  rmSync(join(folder, "workspace/espalier.db"));
  const lost = await espalier("score", id);
  expect(lost.status).toBe(2);
  expect(lost.stderr).toMatch(
    /The ledger \S+espalier\.db is missing, but \S+arrow holds the shards of 2 stage/,
  );
  expect(readdirSync(join(folder, "workspace"))).not.toContain("espalier.db");
}, 180_000);

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
