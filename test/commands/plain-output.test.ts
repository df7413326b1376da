import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asJson, forPeople } from "../../src/commands/plain-output.js";
import { createProgress } from "../../src/commands/progress.js";
import { espalier } from "../espalier-command.js";

/** Sets the title, clears the screen, turns the text round; in seven bits and in eight. */
const CODES = "\u001b]0;owned\u0007\u001b[2Ja\u009b31m \u0008\u007f\r\u202ecat";

describe("what a terminal is shown", () => {
  test("has no control characters but lines and tabs", () => {
    expect(forPeople(`${CODES}\n\tnext`)).toBe("]0;owned[2Ja31m cat\n\tnext");
    const json = asJson({ prompt: CODES });
    expect(json).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(JSON.parse(json)).toEqual({ prompt: CODES });
  });

  test.each([true, false])("keeps them out of progress as well (terminal: %s)", (isTTY) => {
    const said: string[] = [];
    const stream = {
      isTTY,
      columns: 80,
      write: (text: string) => said.push(text),
      on() {},
      removeListener() {},
    };
    const progress = createProgress(stream as unknown as Parameters<typeof createProgress>[0]);
    const task = progress.start(CODES, 2, "images", 1);
    task.advance(1, CODES);
    progress.note(CODES);
    task.end();
    progress.close();
    expect(said.join("")).toContain("a31m cat");
    for (const code of ["\u0007", "\u009b", "\u202e", "\u001b[2J"]) expect(said.join("")).not.toContain(code);
  });

  test("is plain in the command itself: names of files, settings and flags", async () => {
    const folder = mkdtempSync(join(tmpdir(), "espalier-plain-"));
    const file = join(folder, `\u001b[31m${"a"}\u0007.txt`);
    writeFileSync(file, "\u001b[2Ja cat\n");
    const run = (...words: string[]) => espalier([...words, "--workspace", join(folder, "w\u001b[5m")]);
    const [refused, asked] = await Promise.all([
      run("generate", file, "--count", "1"),
      run("data", file, "--against", "x\u001b]0;", "--json"),
    ]);
    rmSync(folder, { recursive: true });
    expect([refused.status, asked.status]).toEqual([2, 2]);
    expect(refused.stderr).toContain("[31ma.txt, line 1: ");
    for (const { stdout, stderr } of [refused, asked])
      expect(`${stdout}${stderr}`).not.toMatch(/[^\P{Cc}\n\t]/u);
    expect(JSON.parse(asked.stdout)).toMatchObject({ error: { name: expect.any(String) } });
  });
});
