import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const ESPALIER = `${process.execPath} ${resolve("bin/espalier.js")}`;
const folder = mkdtempSync(join(tmpdir(), "espalier-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a line of the shell, in which $E is the command. */
function shell(line: string): Promise<{ code: number | null; text: string }> {
  return new Promise((done) => {
    const child = spawn("bash", ["-c", line], { cwd: folder, env: { ...process.env, E: ESPALIER } });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (more) => {
        text += more;
      });
    child.on("close", (code) => done({ code, text }));
  });
}

writeFileSync(join(folder, "a-file"), "");
writeFileSync(join(folder, "prompts.txt"), "a red star\n");
writeFileSync(join(folder, "big.mts"), 'export default { name: "x", seed: 10n };');
writeFileSync(join(folder, "getter.mts"), 'export default { get name() { throw new Error("no name"); } };');
writeFileSync(
  join(folder, "late.mts"),
  'setTimeout(() => Promise.reject("too late"), 0); export default { name: "x" };',
);
writeFileSync(
  join(folder, "thrower.mts"),
  "export const fail = async () => { throw new Error('not there'); };",
);
writeFileSync(
  join(folder, "unwaited.mts"),
  'import { fail } from "./thrower.mts"; void fail(); export default { name: "x" };',
);
symlinkSync("loop", join(folder, "loop"));
mkdirSync(join(folder, "rows/images"), { recursive: true });
for (const name of ["a.png", "b.png"]) writeFileSync(join(folder, "rows/images", name), "no image");
const row = { prompt: "a red star", chosen: "images/a.png", rejected: "images/b.png" };
writeFileSync(join(folder, "rows/pairs.jsonl"), `${JSON.stringify(row)}\n`);

describe("a fault of the machine or the file", () => {
  test.each([
    [
      "$E status --json --workspace none > /dev/full; $E --version > /dev/full",
      /Standard output cannot be written/,
    ],
    ["mkdir gone; cd gone; rmdir ../gone; $E status", /^The working folder is gone/],
    ["$E generate prompts.txt --workspace a-file", /a-file/],
    ["$E generate prompts.txt --workspace loop", /symbolic links lead in a circle/],
    [`$E generate prompts.txt --workspace ${"x".repeat(300)}`, /the name is too long/],
    ["ulimit -f 0; trap '' XFSZ; $E generate prompts.txt --workspace limited", /limit|written|disk/],
    ["$E run ./big.mts --plan", /Expected "seed" to be a whole number .*, got 10n/],
    ["$E run ./getter.mts --plan", /cannot be read: no name/],
    [
      "$E run ./late.mts --plan",
      /Pipeline late.mts failed after it was loaded: too late\..*await the promise/,
    ],
    ["$E run ./unwaited.mts --plan", /Pipeline unwaited.mts:1 failed after it was loaded: not there\./],
    ["$E data rows", /line 1: expected a whole PNG/],
  ])("%s: a sentence and exit code 2", async (line, words) => {
    const { code, text } = await shell(line);
    expect(text).toMatch(words);
    expect(text).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });

  test("a closed standard error stops nothing", async () => {
    const { text } = await shell(
      "$E generate none.txt --workspace a 2>&- ; echo $?; $E --version 2>&1 | true",
    );
    expect(text).toBe("2\n");
  });
});
