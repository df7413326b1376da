import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { commandLine } from "../../src/records/command-line.js";
import { runLine } from "./surroundings.js";

test("a command is written with the workspace in use, as a shell takes it", () => {
  expect(commandLine(["status"], "workspace")).toBe("espalier status");
  expect(commandLine(["show", "3f"], "my work")).toBe("espalier show 3f --workspace 'my work'");
});

/** What a command says comes next, without the program's name. */
async function nextOf(line: string): Promise<string> {
  const { code, out, errors } = await runLine(line);
  expect(code, errors).toBe(0);
  return /\nNext: espalier (.*)\n$/.exec(out)?.[1] ?? out;
}

test("each stage says the command that comes next, and that command works as it stands", {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-next-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "prompts.txt");
  writeFileSync(file, "a red star\ntwo rings\n");
  const place = `--workspace ${join(folder, "here")}`;

  const score = await nextOf(`generate ${file} --count 2 ${place}`);
  expect(score).toMatch(new RegExp(`^score [0-9a-f]{16} ${place}$`));
  const pair = await nextOf(score);
  expect(pair).toMatch(new RegExp(`^pair [0-9a-f]{16} --by judge ${place}$`));
  expect((await runLine(pair)).code).toBe(0);

  const show = await nextOf(`generate ${file} --verifier orm --n 2 ${place}`);
  expect(show).toMatch(new RegExp(`^show [0-9a-f]{24} --out image.png ${place}$`));

  const first = await nextOf(`evaluate scenes-base --prompts ${file} ${place} --per-task 1 --allow-leaks`);
  expect(first).toContain("To compare with: evaluate another checkpoint on the same prompts.");
  const compare = await nextOf(
    `evaluate scenes-self-correct --prompts ${file} ${place} --per-task 1 --allow-leaks`,
  );
  expect(compare).toMatch(new RegExp(`^compare [0-9a-f]{16} [0-9a-f]{16} ${place}$`));
  expect((await runLine(`${compare} --resamples 100`)).code).toBe(0);

  const { errors } = await runLine(`compare 0000 ${place}`);
  expect(errors).toContain("Expected the id of one finished evaluation stage");
});
