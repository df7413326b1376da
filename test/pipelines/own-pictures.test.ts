import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../../src/adapters/images/index.js";
import { openStore } from "../../src/adapters/store/index.js";
import { workspacePaths } from "../../src/paths.js";
import { runIn } from "../commands/surroundings.js";
import { HubServer, TOKEN } from "../fixtures/hub/hub-server.js";
import { completion, type JudgeServer, judgeServer, type Received } from "../fixtures/judges/judge-server.js";
import { layOut, makePictures } from "../fixtures/pictures.js";

const folder = mkdtempSync(join(tmpdir(), "espalier-own-pictures-"));
let judge: JudgeServer;
let hub: HubServer;
beforeAll(async () => {
  judge = await judgeServer(lighter);
  hub = await new HubServer().open();
  Object.assign(process.env, {
    JUDGE_URL: judge.url,
    JUDGE_KEY: "sk-of-the-tests-0123456789",
    HF_ENDPOINT: hub.url,
    HF_TOKEN: TOKEN,
  });
});
afterAll(async () => {
  await Promise.all([judge.close(), hub.close()]);
  for (const name of ["JUDGE_URL", "JUDGE_KEY", "HF_ENDPOINT", "HF_TOKEN"]) delete process.env[name];
  rmSync(folder, { recursive: true, force: true });
});

/** Prefers the picture with more light; the first shown where they are alike. */
async function lighter({ images }: Received) {
  const [one = 0, other = 0] = await Promise.all(images.map(lightOf));
  const first = one >= other ? 0.9 : 0.1;
  return completion("A", { A: first, B: 1 - first });
}

async function lightOf(url: string): Promise<number> {
  const { data } = await decodeImage(Buffer.from(url.split(",")[1] ?? "", "base64"));
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}

async function espalier(line: string) {
  const { status, stdout, stderr } = await runIn(folder, [...line.split(" "), "--workspace", "w"]);
  expect(`${status} ${stderr}`).toMatch(/^0 /);
  return stdout;
}

test("pictures of anything become pairs by a judge behind an address, are reviewed, and are pushed", async () => {
  const pictures = await makePictures();
  await layOut("text-beside", join(folder, "mine"), pictures);
  const candidates = /(\w{16})/.exec(await espalier("import-images mine --from sdxl-turbo"))?.[1];
  const planned = await espalier(`score ${candidates} --pipeline own-pictures --plan`);
  // Ten pictures of each of six prompts: 45 pairs in both orders.
  expect(planned).toContain("540 of at most 540 calls are left to make");
  expect(judge.received).toHaveLength(0);
  const scored = await espalier(`score ${candidates} --pipeline own-pictures`);
  expect(scored).toMatch(/scored: 60\n {2}failed: 0/);
  expect(scored).toMatch(/dependsOnOrder: 0\n/);
  expect(judge.received.length).toBeLessThan(540);
  expect(
    judge.received.every(({ authorization }) => authorization === `Bearer ${process.env["JUDGE_KEY"]}`),
  ).toBe(true);
  const pairs = /pairs (\w{16})/.exec(
    await espalier(`pair ${candidates} --pipeline own-pictures --policy best-versus-worst --margin 0.2`),
  )?.[1] as string;
  expectPairs(pairs);
  review(pairs);
  const decided = /pairs[\w-]* (\w{16})/.exec(await espalier(`decide ${pairs}`))?.[1];
  const audited = await espalier(`judge audit eyes ${pairs} --pipeline own-pictures`);
  expect(audited).toMatch(/agrees with people +0\.833/);
  expect(await espalier(`push pairs ${decided} ann/own-pictures`)).toContain("ann/own-pictures");
  expect(Object.keys(hub.files("ann/own-pictures")).length).toBeGreaterThan(1);
  const ledger = readFileSync(join(folder, "w", "espalier.db"));
  for (const kept of [ledger, ...Object.values(hub.files("ann/own-pictures"))]) {
    expect(kept.toString("latin1")).not.toContain("sk-of-the-tests");
  }
}, 120_000);

/** One pair of each prompt, well apart. */
function expectPairs(pairs: string): void {
  const store = openStore(workspacePaths(join(folder, "w")), { readOnly: true });
  const found = [...store.pairs.iterate(pairs)];
  expect(found).toHaveLength(6);
  for (const { chosenScore, rejectedScore } of found)
    expect(chosenScore - rejectedScore).toBeGreaterThan(0.2);
  store.close();
}

/** A person agrees with all but one. */
function review(pairs: string): void {
  const store = openStore(workspacePaths(join(folder, "w")), { lease: "never" });
  for (const [index, { chosenId, rejectedId }] of [...store.pairs.iterate(pairs)].entries()) {
    const answer = index === 0 ? "right" : "left";
    store.reviews.answer({ stageId: pairs, reviewer: "ann", leftId: chosenId, rightId: rejectedId, answer });
  }
  store.close();
}
