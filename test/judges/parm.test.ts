import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import sharp from "sharp";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { openStore, type Store } from "../../src/adapters/store/index.js";
import { workspacePaths } from "../../src/paths.js";
import { runIn } from "../commands/surroundings.js";
import { judgeServer, type Received, yes } from "../fixtures/judges/judge-server.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-parm-judge-"));
  writeFileSync(join(folder, "prompts.txt"), "a red star\na ring\n");
  writeFileSync(join(folder, "held-out.txt"), "a blue cross\na heart\ntwo rings\na green square\n");
  writeFileSync(
    join(folder, "quick.ts"),
    'export default { name: "quick", sampler: { steps: 4, slots: 8 }, round: {}, rounds: 1 };',
  );
  return () => rmSync(folder, { recursive: true, force: true });
});

const PARM = JSON.stringify({ kind: "parm", n: 6, clarity: 0.5, potential: 0.5 });

async function espalier(...words: string[]) {
  return runIn(folder, [...words, "--workspace", "w", "--pipeline", "quick.ts"]);
}

function reading<Result>(read: (store: Store) => Result): Result {
  const store = openStore(workspacePaths(join(folder, "w")), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

/** What the server says of a picture: its mean light, spread over 0..1. */
async function lightOf(url: string): Promise<number> {
  const { channels } = await sharp(Buffer.from(url.split(",")[1] as string, "base64")).stats();
  const mean = channels.reduce((sum, one) => sum + one.mean, 0) / channels.length;
  return Number(((mean * 7) % 1).toFixed(3));
}

const kindOf = ({ text }: Received) =>
  text.includes("Will the finished picture")
    ? "potential"
    : text.includes("still being generated")
      ? "clarity"
      : "outcome";

/** Clear from the third step on; potential and outcome by the picture. */
async function eyes(calls: Map<string, number> = new Map()) {
  const server = await judgeServer(async (call) => {
    const kind = kindOf(call);
    calls.set(kind, (calls.get(kind) ?? 0) + 1);
    if (kind === "clarity") return yes(0.9);
    return yes(await lightOf(call.images[0] as string));
  });
  onTestFinished(() => server.close());
  const file = join(folder, "eyes.json");
  writeFileSync(
    file,
    JSON.stringify({ kind: "http", model: "eyes", url: server.url, pause: 0.001, prices: { call: 0.5 } }),
  );
  return { file, server, calls };
}

test("PARM asks a judge behind an address for clarity and potential, and cuts by its answers", async () => {
  const { file, calls } = await eyes();
  const ran = await espalier("generate", "prompts.txt", "--verifier", PARM, "--judge", file, "--json");
  expect([ran.status, ran.stderr]).toEqual([0, ""]);
  const { id } = JSON.parse(ran.stdout) as { id: string };
  const paths = reading((store) =>
    [...store.candidates.iterate(id)].map((one) => ({
      ...one,
      verdicts: store.verdicts.ofCandidate(one.id),
    })),
  );
  expect(paths).toHaveLength(12);
  expect([calls.get("clarity"), calls.get("potential")]).toEqual([12, 12]);
  let cut = 0;
  for (const { status, reason, steps, verdicts } of paths) {
    const said = verdicts.find(({ question }) => question === "potential")?.verdict;
    const score = said?.kind === "scored" ? said.score : Number.NaN;
    expect(verdicts.find(({ question }) => question === "clarity")?.verdict).toMatchObject({
      kind: "scored",
      score: expect.closeTo(0.9, 6) as number,
    });
    if (status === "finished") continue;
    cut += 1;
    expect([score < 0.5, steps]).toEqual([true, 1]);
    expect(reason).toContain("is below 0.5 at step 1");
  }
  expect(cut).toBeGreaterThan(1);
});

test("thresholds are planned and found for it, kept with it, and taken by the searches that follow", async () => {
  const { file, server } = await eyes();
  const words = [
    ...["judge", "thresholds", file, "--held-out", "held-out.txt", "--images", "2", "--n", "5"],
    ...["--by", "judge"],
  ];
  const planned = await espalier(...words, "--plan");
  // Two images of five paths: clarity and potential after three steps, and the outcome.
  expect(planned.stdout).toContain("70 of at most 70 calls are left to make, about 35.00 of money");
  expect(server.received).toHaveLength(0);
  const found = await espalier(...words, "--json");
  expect([found.status, found.stderr]).toEqual([0, ""]);
  const said = JSON.parse(found.stdout) as {
    id: string;
    found: { clarity: number; potential: number; finishAtLeast: number; nfeRatio: number };
    bestOfN: { nfe: number };
  };
  expect(server.received.length).toBeLessThanOrEqual(70);
  expect(said.found.nfeRatio).toBeLessThan(1);
  const asked = server.received.length;
  const again = await espalier(...words);
  expect(again.stdout).toContain(`kept in stage ${said.id}`);
  expect(server.received).toHaveLength(asked);

  const searched = await espalier(
    "generate",
    "prompts.txt",
    "--verifier",
    "parm",
    "--n",
    "5",
    "--judge",
    file,
  );
  expect(searched.stderr).toContain(`thresholds of stage ${said.id}, found for this judge: clarity`);
  const { clarity, potential, finishAtLeast } = said.found;
  const same = reading((store) => {
    const stages = store.runs.list().flatMap(({ id }) => store.stages.list(id));
    return stages.filter(({ name }) => name === "search").map(({ inputs }) => inputs["verifier"]);
  });
  expect(same).toContainEqual(expect.objectContaining({ clarity, potential, finishAtLeast, n: 5 }));
  writeFileSync(join(folder, "scores.json"), JSON.stringify({ kind: "service", url: server.url }));
  const mute = await espalier("judge", "thresholds", "scores.json", "--held-out", "held-out.txt");
  expect([mute.status, mute.stdout]).toEqual([2, ""]);
  expect(mute.stderr).toContain("answers outcome, not clarity and potential");
});

test("a model of transformers is asked for clarity and potential as well", async () => {
  const model = join(folder, "tiny");
  await execa(pythonCommand(), ["python/tests/tiny_talker.py", model], { env: { PYTHONPATH: "python" } });
  const file = join(folder, "tiny.json");
  const settings = { kind: "transformers", model, device: "cpu", leastMass: 0, topLogprobs: 400 };
  writeFileSync(file, JSON.stringify(settings));
  const half = JSON.stringify({ kind: "parm", n: 3, clarity: 0.01, potential: 0.5 });
  const ran = await espalier("generate", "prompts.txt", "--verifier", half, "--judge", file, "--json");
  expect([ran.status, ran.stderr]).toEqual([0, ""]);
  const { id, failedVerdicts } = JSON.parse(ran.stdout) as { id: string; failedVerdicts: number };
  expect(failedVerdicts ?? 0).toBe(0);
  const asked = reading((store) =>
    [...store.candidates.iterate(id)].flatMap((one) =>
      store.verdicts.ofCandidate(one.id).map(({ question, verdict }) => `${question} ${verdict.kind}`),
    ),
  );
  expect(new Set(asked)).toEqual(new Set(["clarity scored", "potential scored", "outcome scored"]));
}, 120_000);
