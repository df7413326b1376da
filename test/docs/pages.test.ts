import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { cliReference } from "../../scripts/build/cli-reference/page.js";
import { COMMANDS } from "../../src/commands/catalogue.js";
import { flagName } from "../../src/commands/command.js";
import { commandsOf, PAGES } from "./page-blocks.js";
import { parsedLine } from "./parsed-line.js";

const PROGRAM = resolve("bin/espalier.js");

describe("the pages", () => {
  const commands = PAGES.flatMap((page) => commandsOf(page).map((line) => [page, line] as const));

  test("are read whole", () => {
    expect(PAGES.length).toBeGreaterThan(14);
    expect(commands.length).toBeGreaterThan(30);
  });

  test.each(commands)("%s shows a line that the program takes: %s", (_page, line) => {
    expect(() => parsedLine(line)).not.toThrow();
  });

  test.each(PAGES)("%s links only to what exists", (page) => {
    const links = [...readFileSync(page, "utf8").matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
      ([, path = ""]) => path,
    );
    const made = /reference\/(cli|api)/;
    const dead = links.filter((path) => !made.test(path) && !existsSync(join(dirname(page), path)));
    expect(dead).toEqual([]);
  });

  test("the reference of commands has each with all of its flags", () => {
    const page = cliReference();
    for (const { name, flags, hidden } of COMMANDS) {
      if (hidden) continue;
      const [, section = ""] = page.split(`## ${name}\n`);
      for (const flag of Object.keys(flags).map(flagName)) expect(section).toContain(flag);
    }
  });
});

describe("the tutorial of one's own pictures", () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-tutorial-"));
  const page = "docs/tutorials/your-pictures.md";

  /** A line of the page as it is typed, ids in the place of their names; gives what it printed as JSON. */
  const typed = async (line: string, cwd: string, ids: Readonly<Record<string, string>> = {}) => {
    const words = line.split(/\s+/).slice(2);
    const given = words.map((word) => ids[word] ?? word);
    const { stdout, stderr, exitCode } = await execa(process.execPath, [PROGRAM, ...given, "--json"], {
      ...{ cwd, reject: false },
    });
    expect(exitCode, `${line}: ${stderr}`).toBe(0);
    return JSON.parse(stdout) as { id: string };
  };

  test("does what it says, line by line", async () => {
    const [init = "", importing = "", score = "", pair = "", exporting = "", ...others] = commandsOf(page);
    expect(others).toEqual([]);
    await typed(init, folder);
    const place = join(folder, "my-pictures");
    const candidates = await typed(importing, place);
    const service = execa(process.execPath, ["service.js", "0"], { cwd: place, reject: false });
    try {
      const [said] = (await once(service.stdout, "data")) as [Buffer];
      const url = said.toString().trim();
      writeFileSync(join(place, "service.json"), JSON.stringify({ kind: "service", url }));
      await typed(score, place, { CANDIDATES: candidates.id });
      const pairs = await typed(pair, place, { CANDIDATES: candidates.id });
      await typed(exporting, place, { PAIRS: pairs.id });
    } finally {
      service.kill();
      await service;
    }
    expect(
      readdirSync(place, { recursive: true, encoding: "utf8" }).some((path) => path.endsWith(".parquet")),
    ).toBe(true);
  }, 120_000);
});
