import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runCommand } from "../../../scripts/setup/run-command.js";
import { findPython, isNewEnough } from "../../../src/machine/find-python.js";
import { checkMachine } from "../../../src/machine/machine-checks.js";
import { outputOf } from "../../../src/machine/output-of.js";
import { SetupError } from "../../../src/machine/setup-error.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A program on the PATH that prints `text`. */
function program(name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\nprintf '${text}\\n'\n`, { mode: 0o755 });
}

describe("set-up", () => {
  test.each([
    ["3.10.0", true],
    ["3.9.18", false],
    ["4.0.0", true],
    ["2.7.18", false],
  ])("judges Python %s as new enough: %s", (version, enough) => {
    expect(isNewEnough(version, [3, 10])).toBe(enough);
  });

  test("takes the first Python that is new enough, and remembers the others", () => {
    program("python3", "/old/python3\\n3.8.10");
    program("python3.12", "/new/python3.12\\n3.12.1");
    vi.stubEnv("PATH", `${folder}:/bin`);
    expect(findPython()).toEqual({
      found: { command: "/new/python3.12", version: "3.12.1" },
      tooOld: [{ command: "/old/python3", version: "3.8.10" }],
    });
  });

  test("names what is missing, each with its cure", () => {
    symlinkSync("/bin/sh", join(folder, "sh"));
    program("python3", "/old/python3\\n3.8.10");
    vi.stubEnv("PATH", folder);
    const python = checkMachine().find(({ name }) => name === "Python");
    expect(python).toMatchObject({ state: "missing", found: "3.8.10 (/old/python3)" });
    expect(python?.cure).toContain("Install Python 3.10 or newer");
  });

  test("uses the Python that the user names, and no other", () => {
    program("python3", "/new/python3\\n3.12.1");
    vi.stubEnv("PATH", folder);
    vi.stubEnv("ESPALIER_PYTHON", join(folder, "absent"));
    expect(findPython()).toEqual({ tooOld: [] });
  });

  test("reads what a program prints, and nothing from one that fails", () => {
    expect(outputOf(process.execPath, ["-p", "6 * 7"])).toBe("42");
    expect(outputOf(process.execPath, ["-e", "console.log(1); process.exit(1)"])).toBeUndefined();
    expect(outputOf(join(folder, "absent"), [])).toBeUndefined();
  });

  test("keeps to names that npm knows in .npmrc: it warns of others at every call of npx", () => {
    const names = readFileSync(".npmrc", "utf8").match(/^[^=\n]+/gm);
    expect(names).toEqual(["fund", "audit"]);
  });

  test("passes exit codes on and explains a program that cannot start", async () => {
    expect(await runCommand(process.execPath, ["-e", "process.exit(7)"])).toBe(7);
    await expect(runCommand(join(folder, "absent"), [])).rejects.toThrow(SetupError);
  });
});
