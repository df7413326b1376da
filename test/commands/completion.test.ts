import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/catalogue.js";
import { runLine } from "./surroundings.js";

const shown = COMMANDS.filter(({ hidden }) => !hidden).map(({ name }) => name);

test("bash completes commands, and each command's own flags", async () => {
  const { code, out } = await runLine("completion bash");
  expect(code).toBe(0);
  const script = join(mkdtempSync(join(tmpdir(), "espalier-")), "completion.sh");
  const ask = (words: string, place: number) =>
    `COMP_WORDS=(${words}); COMP_CWORD=${place}; _espalier; echo "\${COMPREPLY[@]}"`;
  writeFileSync(
    script,
    [out, ask('espalier ""', 1), ask("espalier pair --mar", 2), ask("espalier nothing --", 2)].join("\n"),
  );
  const { stdout } = await execa("bash", [script]);
  const [commands = "", flags, none] = stdout.split("\n");
  expect(commands.split(" ")).toEqual([...shown, "--help", "--version"]);
  expect([flags, none]).toEqual(["--margin", ""]);
});

test("zsh and fish have every command too; another shell is refused", async () => {
  for (const shell of ["zsh", "fish"]) {
    const { out } = await runLine(`completion ${shell}`);
    for (const name of shown) expect(out).toContain(name);
  }
  expect((await runLine("completion csh")).code).toBe(2);
});
