import { createHash } from "node:crypto";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { knownFile, type PictureSide, readAnyPairs } from "../../../src/adapters/arrow/index.js";
import { contactSheet } from "../../../src/adapters/images/index.js";
import { openStore, type StageRow } from "../../../src/adapters/store/index.js";
import { ConfigError, StoreError, VerifierError } from "../../../src/errors.js";
import { workspacePaths } from "../../../src/paths.js";
import { pictureBytes } from "../../../src/pictures/picture-bytes.js";
import { replayCandidate } from "../../../src/runner/inspection/replay-candidate.js";
import { showItem } from "../../../src/runner/inspection/show-item.js";
import { pair, score, train } from "../../../src/runner/single-stages/single-stages.js";
import { pairsBundle } from "../../../src/stages/publication/pairs-bundle.js";
import { type MadePicture, makePictures } from "../../fixtures/pictures.js";
import { tinyFamily } from "../tiny-run.js";
import { BEST_OF_JUDGED, pictureWorkspace, scoreOf } from "./picture-workspace.js";

let made: readonly MadePicture[];

beforeAll(async () => {
  made = (await makePictures()).slice(0, 30);
});

async function scored() {
  const workspace = await pictureWorkspace(made);
  const { stage } = await workspace.bring();
  const scores = await score({ candidates: stage.id, by: "judge" }, workspace.options);
  return { ...workspace, candidates: stage, scores };
}

test("a judge reads the bytes as they came, and pairs refer to the pictures where they lie", async () => {
  const { candidates, scores, options } = await scored();
  expect(scores.summary).toMatchObject({ scored: 30, failed: 0 });
  const pairs = await pair({ ...BEST_OF_JUDGED, candidates: candidates.id }, options);
  expect(pairs.summary?.["pairs"]).toBeGreaterThan(3);
  const bySha = new Map(made.map((one) => [one.sha256, one]));
  let count = 0;
  for (const row of await rowsOf(pairs, options.workspace)) {
    for (const side of [row.chosen, row.rejected] as PictureSide[]) {
      const one = bySha.get(side.picture.sha256) as MadePicture;
      expect(side).toMatchObject({
        seed: one.seed,
        score: scoreOf(one.sha256),
        metadata: { model: one.model },
      });
      expect(Buffer.from(await side.encoded()).equals(one.bytes)).toBe(true);
      expect(row.prompt).toBe(one.prompt);
      count += 1;
    }
    expect(row.chosen.score).toBeGreaterThanOrEqual(0.5);
    expect(row.rejected.score).toBeLessThan(0.5);
  }
  expect(count).toBe(2 * (pairs.summary?.["pairs"] as number));
});

async function rowsOf({ id }: StageRow, root: string) {
  const store = openStore(workspacePaths(root), { readOnly: true });
  onTestFinished(() => store.close());
  const rows = [];
  for (const { file, sha256 } of store.shards.list(id)) {
    const path = await knownFile(root, { file: file as string, sha256 });
    for await (const row of readAnyPairs(path, pictureBytes(store))) rows.push(row);
  }
  return rows;
}

test("policies that compare tokens or paths refuse pictures, and say which do not", async () => {
  const { candidates, options, reading } = await scored();
  const before = reading((store) => store.counts());
  for (const mining of [
    { policy: "per-step", pairsPerPrompt: 1, margin: 0 },
    { policy: "hard-negatives", nearest: "tokens", pairsPerPrompt: 1, margin: 0 },
  ] as const) {
    const refused = pair({ ...BEST_OF_JUDGED, candidates: candidates.id, mining }, options);
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(/which are pictures\. .*--policy best-versus-worst/);
  }
  expect(reading((store) => store.counts())).toEqual(before);
  for (const policy of ["random-yes-no", "best-versus-second"] as const) {
    const mining = { policy, pairsPerPrompt: 1, margin: 0 };
    const pairs = await pair({ ...BEST_OF_JUDGED, candidates: candidates.id, mining }, options);
    expect(pairs.summary?.["pairs"]).toBeGreaterThan(0);
  }
});

test("a judge of token grids says of which size it encodes pictures", async () => {
  const { bring, options, reading } = await pictureWorkspace(made.slice(0, 6));
  const { stage } = await bring();
  const judged = score({ candidates: stage.id, by: "judge" }, { ...options, family: readsTokens() });
  await expect(judged).rejects.toThrow(VerifierError);
  await expect(judged).rejects.toThrow(
    /Expected a picture of 64 x 64 pixels, which the tokenizer of this judge encodes, got/,
  );
  expect(reading((store) => store.counts()["verdicts"])).toBe(0);
});

function readsTokens() {
  return tinyFamily({
    openJudge: async () => ({
      ...{
        identity: "tokens",
        questions: ["outcome"],
        batch: 4,
        readsTokens: true,
        close: async () => undefined,
      },
      ask: async () => [],
    }),
  });
}

test("what needs the tokens of a path refuses a picture by its id", async () => {
  const { candidates, options, reading, folder } = await scored();
  const [first] = reading((store) => [...store.candidates.iterate(candidates.id)]);
  const replayed = replayCandidate(first?.id as string, { ...options, workspace: join(folder, "workspace") });
  await expect(replayed).rejects.toThrow(StoreError);
  await expect(replayed).rejects.toThrow(/is a picture \(png, 8 x 8\) that was brought from elsewhere/);
  const pairs = await pair({ ...BEST_OF_JUDGED, candidates: candidates.id }, options);
  const params = {
    pairs: [pairs.id],
    reference: null,
    training: options.config.rounds[0]?.training as never,
  };
  await expect(train(params, options)).rejects.toThrow(/are pairs of pictures/);
});

test("pictures are shown without a model, and a set of their pairs is published with their bytes", async () => {
  const { candidates, options, reading } = await scored();
  const pairs = await pair({ ...BEST_OF_JUDGED, candidates: candidates.id }, options);
  const [first] = reading((store) => [...store.pairs.iterate(pairs.id)]);
  const shown = await showItem(first?.promptId as string, { workspace: options.workspace });
  expect(shown.candidates).toHaveLength(10);
  expect((await contactSheet(shown.sheet)).length).toBeGreaterThan(1000);
  const store = openStore(workspacePaths(options.workspace), { readOnly: true });
  onTestFinished(() => store.close());
  const bundle = await pairsBundle(pairs, { store, version: "1", license: undefined });
  const [data] = bundle.files;
  const { file } = (data as NonNullable<typeof data>).content as { readonly file: string };
  const known = new Set(made.map(({ sha256 }) => sha256));
  let count = 0;
  const nowhere = async () => Promise.reject(new Error("the file does not hold it"));
  for await (const row of readAnyPairs(file, nowhere)) {
    const bytes = await (row.chosen as PictureSide).encoded();
    expect(known).toContain(createHash("sha256").update(bytes).digest("hex"));
    count += 1;
  }
  expect(count).toBe(pairs.summary?.["pairs"]);
});
