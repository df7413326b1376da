import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { openStore, type Store } from "../../src/adapters/store/index.js";
import { workspacePaths } from "../../src/paths.js";
import { runLine } from "../commands/surroundings.js";

const MINUTES = 60_000;
const PAGE = fileURLToPath(new URL("../../docs/own-trainers.md", import.meta.url));
const EYES = `export default {
  identity: "red", batch: 8, questions: ["outcome"],
  ask: (_, items) => Promise.all(items.map(async ({ image }) => ({ kind: "scored", score: (await image.pixels()).data[0] / 255 }))),
  close: async () => undefined,
};`;

const folder = mkdtempSync(join(tmpdir(), "espalier-own-trainer-"));
const workspace = join(folder, "workspace");
const pipeline = join(folder, "tints.mjs");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = (command: readonly string[]) => ({
  name: "tints",
  models: { family: { python: "tints:Tints" }, folder, judge: "eyes", device: "cpu", threads: 1 },
  judges: [{ name: "eyes", kind: "typescript", file: join(folder, "eyes.mjs") }],
  sampler: { steps: 1, slots: 8 },
  round: {
    labels: { by: "judge", yesFrom: 0, noUpTo: 0 },
    mining: { policy: "best-versus-second" },
    training: { command },
  },
  rounds: 1,
});
const asked = (script: string) => [
  pythonCommand(),
  join(folder, script),
  "{pairs}",
  "{checkpoint}",
  "{output}",
];

beforeAll(() => {
  const codes = [...readFileSync(PAGE, "utf8").matchAll(/```python\n(.*?)```/gs)].map(([, code]) => code);
  expect(codes).toHaveLength(2);
  writeFileSync(join(folder, "tints.py"), codes[0] ?? "");
  writeFileSync(join(folder, "train_tints.py"), codes[1] ?? "");
  writeFileSync(join(folder, "breaks.py"), "print('no card is free')\nraise SystemExit(3)\n");
  writeFileSync(join(folder, "eyes.mjs"), EYES);
  writeFileSync(join(folder, "prompts.txt"), "a cup\na dog\n");
  const write = (file: string, script: string) =>
    writeFileSync(file, `export default ${JSON.stringify(settings(asked(script)))};`);
  write(pipeline, "train_tints.py");
  write(join(folder, "broken.mjs"), "breaks.py");
});

const line = async (words: string, file = pipeline) =>
  runLine(`${words} --pipeline ${file} --workspace ${workspace} --json`);
const told = async (words: string) => {
  const { code, out, errors } = await line(words);
  expect(code, errors).toBe(0);
  return JSON.parse(out) as { id: string; summary: Record<string, unknown> };
};

function reading<Result>(read: (store: Store) => Result): Result {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

const redness = (stage: string) =>
  reading((store) => {
    const drawn = [...store.candidates.iterate(stage)].map(({ id }) => id);
    const scores = drawn.flatMap((id) => store.verdicts.ofCandidate(id)).map(({ verdict }) => verdict);
    return scores.reduce((sum, one) => sum + (one.kind === "scored" ? one.score : 0), 0) / scores.length;
  });

it(
  "draws, pairs, has the documentation's trainer train, and draws with what it leaves",
  async () => {
    const prompts = join(folder, "prompts.txt");
    const { id: before } = await told(`generate ${prompts} --count 4`);
    await told(`score ${before} --by judge`);
    const { id: pairs } = await told(`pair ${before} --by judge`);
    const broken = await line(`train ${pairs}`, join(folder, "broken.mjs"));
    expect(broken.code).toBe(1);
    expect(broken.errors).toMatch(/training\.command names failed \(exit code 3\)[\s\S]*no card is free/);
    const { summary } = await told(`train ${pairs}`);
    expect(summary).toMatchObject({ last: { loss: expect.any(Number) } });
    const checkpoint = String(summary["checkpoint"]);
    const row = reading((store) => store.checkpoints.find(checkpoint));
    expect(row?.record).toMatchObject({ family: "python", training: { method: "command" } });
    const { id: after } = await told(`generate ${prompts} --count 4 --checkpoint ${checkpoint}`);
    await told(`score ${after} --by judge`);
    const drawn = reading((store) => [...store.candidates.iterate(after)]);
    expect(new Set(drawn.map((one) => one.checkpoint))).toEqual(new Set([checkpoint]));
    expect(redness(after)).toBeGreaterThan(redness(before) + 0.05);
    const again = await runLine(`replay ${drawn[0]?.id} --workspace ${workspace} --json`);
    expect(again.code, again.errors).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({ same: true, checkpoint });
  },
  10 * MINUTES,
);
