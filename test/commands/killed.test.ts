import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";
import { statusOf } from "../../src/runner/inspection/status.js";
import { runLine } from "./surroundings.js";

test("a run is followed inside of its shard, and once it is killed it is said to be dead, with the line that goes on", {
  timeout: 180_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-killed-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const prompts = join(folder, "prompts.txt");
  writeFileSync(prompts, "a red star\ntwo rings\n");
  const workspace = join(folder, "here");
  const words = ["generate", prompts, "--count", "120", "--workspace", workspace];
  const child = execa(process.execPath, [resolve("bin/espalier.js"), ...words], { reject: false });
  const candidates = () => {
    try {
      return statusOf(workspace).runs[0]?.stages.find(({ name }) => name === "candidates");
    } catch {
      return undefined;
    }
  };
  while ((candidates()?.advance?.perSecond ?? null) === null) {
    if (child.exitCode !== null) throw new Error(`It ended early: ${(await child).stderr}`);
    await setTimeout(200);
  }
  expect(candidates()).toMatchObject({
    progress: "running",
    shards: { done: 0, planned: 1 },
    advance: { unit: "images", total: 240 },
  });
  const following = runLine(`status --follow --workspace ${workspace}`);
  await setTimeout(500);
  child.kill("SIGKILL");
  await child;
  const followed = await following;
  expect(followed.errors).toMatch(
    /by-hand, round 1: candidates \w{12}, \d+ of 240 images, [\d.]+ images\/s, .* left/,
  );

  expect(candidates()).toMatchObject({ progress: "interrupted", finishedAt: null });
  const { out } = await runLine(`status --workspace ${workspace}`);
  expect(out).toMatch(/candidates +\w{12} +interrupted \d+ of 240 images, begun/);
  expect(out).toContain("interrupted: its process ended without a word");
  expect(out).toContain(`go on with: espalier generate ${prompts} --count 120 --workspace ${workspace}`);
});
