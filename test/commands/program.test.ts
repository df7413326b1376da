import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS as ALL } from "../../src/commands/catalogue.js";
import { flagName } from "../../src/commands/command.js";
import { runLine } from "./surroundings.js";

/** Those for people. */
const COMMANDS = ALL.filter(({ hidden }) => !hidden);

describe("the command line", () => {
  test("lists every command in its help", async () => {
    const { code, out } = await runLine("--help");
    expect(code).toBe(0);
    for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  test.each(COMMANDS.map(({ name }) => name))("explains %s with all its flags", async (name) => {
    const { code, out } = await runLine(`${name} --help`);
    expect(code).toBe(0);
    const command = COMMANDS.find((one) => one.name === name);
    const flags = ["--json", "--workspace", ...Object.keys(command?.flags ?? {}).map(flagName)];
    for (const flag of flags) expect(out).toContain(`${flag} `);
    expect(command?.examples.length).toBeGreaterThan(0);
  });

  test.each([
    ["docter", 'Unknown command "docter"; did you mean "doctor"?\n'],
    ["doctor --jsn", "unknown option '--jsn'; did you mean --json?\n"],
    ["doctor --completely-else=1", "unknown option '--completely-else=1'; did you mean"],
    ["doctor more", "too many arguments for 'doctor'. Expected 0 arguments but got 1.\n"],
    ["doctor --workspace", "option '--workspace <folder>' argument missing\n"],
    ["frob --limit 3", 'Unknown command "frob"; did you mean'],
    ["--jsn", "Expected a command before --jsn, got none.\n"],
    ["status --n 3", "unknown option '--n'; did you mean --json?\n"],
    ["", "Expected a command, got none.\n"],
  ])('refuses "%s" as the user\'s mistake', async (line, message) => {
    const { code, out, errors } = await runLine(line);
    expect(errors).toContain(message);
    expect(errors).not.toContain("    at ");
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  test("prints one JSON document with --json, of a failure too", async () => {
    const folder = mkdtempSync(join(tmpdir(), "espalier-"));
    const first = await runLine(`init ${folder}/new --json`);
    expect(JSON.parse(first.out)).toEqual({
      files: ["pipeline.ts", "prompts.txt", "package.json"].map((file) => `${folder}/new/${file}`),
    });
    const second = await runLine(`init ${folder}/new --json`);
    expect(JSON.parse(second.out).error).toMatchObject({ name: "ConfigError" });
    expect([first.code, second.code]).toEqual([0, 2]);
    const { out } = await runLine("frob --json");
    expect(JSON.parse(out).error.message).toContain('Unknown command "frob"');
  });

  test("says how to go on after an interruption", async () => {
    const { code, errors } = await runLine("doctor --nonsense", AbortSignal.abort());
    expect({ code, errors }).toEqual({ code: 130, errors: "Stopped.\n" });
  });
});
