import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ESPALIER = resolve("bin/espalier.js");

/** Runs the command in a process of its own. */
function espalier(words: readonly string[], options: { nodeFlags?: readonly string[] } = {}) {
  return new Promise<{ code: number | null; out: string; errors: string }>((done) => {
    const child = spawn(process.execPath, [...(options.nodeFlags ?? []), ESPALIER, ...words]);
    const printed = { out: "", errors: "" };
    child.stdout.on("data", (text) => {
      printed.out += text;
    });
    child.stderr.on("data", (text) => {
      printed.errors += text;
    });
    child.on("close", (code) => done({ code, ...printed }));
  });
}

describe("the espalier command", () => {
  test("reports its version from any folder", async () => {
    expect(await espalier(["--version"])).toEqual({ code: 0, out: "0.1.0\n", errors: "" });
  });

  test("passes the exit code of a user's mistake on", async () => {
    const { code, out, errors } = await espalier(["doctr"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(errors).toBe('Unknown command "doctr"; did you mean "doctor"?\n');
  });

  test("does not load native modules to print its help", async () => {
    const folder = mkdtempSync(join(tmpdir(), "espalier-"));
    const spy = join(folder, "spy.cjs");
    const report =
      "process.stderr.write(Object.keys(require.cache).filter((file) => file.endsWith('.node')).join())";
    writeFileSync(spy, `process.on("exit", () => ${report});`);
    const { code, errors } = await espalier(["run", "--help"], { nodeFlags: ["--require", spy] });
    rmSync(folder, { recursive: true });
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
  });

  test("finds the same prompts in a table of plain words and in GenEval's metadata, and refuses a table without a heading", async () => {
    const folder = mkdtempSync(join(tmpdir(), "espalier-"));
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const include = [{ class: "cat", count: 1 }];
    const metadata = { tag: "single_object", include, prompt: "a photo of a cat" };
    const asked = file("metadata.jsonl", `\ufeff${JSON.stringify(metadata)}\n`);
    const table = file("table.tsv", "Prompt\tCategory\nA photo of a  cat.\tAnimals\n");
    const bare = file("bare.tsv", "a photo of a cat\tAnimals\n");
    const workspace = ["--workspace", join(folder, "w")];
    const [compared, refused] = await Promise.all([
      espalier(["data", asked, "--against", table, ...workspace]),
      espalier(["generate", bare, "--count", "1", ...workspace]),
    ]);
    rmSync(folder, { recursive: true });
    expect(compared.out).toContain('single_object: 1 of 1 prompts ("a photo of a cat")');
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.errors).toMatch(/bare\.tsv: this looks like a table \(TSV\)/);
  });
});
