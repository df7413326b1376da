import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type AnyPairRow,
  type CandidateFiles,
  knownFile,
  readAnyPairs,
  shapeOfPair,
  writePairs,
} from "../../adapters/arrow/index.js";
import { hashOfHex } from "../../adapters/images/index.js";
import {
  type Json,
  type StageRow,
  type Store,
  type StoredPair,
  stageId,
} from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";
import { shardFile } from "../../paths.js";
import { pictureBytes } from "../../pictures/picture-bytes.js";
import { commandLine } from "../../records/command-line.js";
import type { Prompt, WordIds } from "../../records/prompt.js";
import type { Decoder } from "../../records/seams.js";
import { chunkStream } from "../chunk-stream.js";
import { hashOf } from "../hash.js";
import { runStage } from "../running/run-stage.js";
import type { InputFile } from "../running/stage-inputs.js";
import type { StagePlace } from "../running/stage-place.js";
import { type MiningRules, type MiningSource, mineAll } from "./mine-all.js";
import { nearDuplicates } from "./near-duplicates.js";
import { locatedCandidate, pairRows, storedGrids } from "./pair-rows.js";
import { refusePathPolicies } from "./path-policies.js";

export interface PairsParams {
  /** The scored candidates stage. */
  readonly candidates: StageRow;
  /** Identity of the judge whose verdicts label them. */
  readonly judge: string;
  readonly rules: MiningRules;
  /** Pair sets of earlier rounds, from which `rules.earlierPairs` draws. */
  readonly earlier: readonly StageRow[];
  readonly files: CandidateFiles;
  readonly decoder: Decoder;
  /** Word ids of a prompt, shape (text,). */
  readonly encodePrompt: (text: string) => WordIds | Promise<WordIds>;
}

/** Pairs of one shard: about a megabyte of images. */
const SHARD_PAIRS = 256;

/**
 * Mines the pairs of a scored candidates stage and writes them to Arrow files the trainer and `datasets` read, with
 * images decoded. The summary is the yield report and the hash of the pair set.
 */
export async function writePairSet(place: StagePlace, params: PairsParams): Promise<StageRow> {
  const { store } = place;
  refusePathPolicies(store, params.candidates, params.rules.mining);
  const verdicts = verdictsHash(store, params);
  const { report, pairs } = await mineAll(sourceOf(place, params), params.rules);
  const turns = chunkStream(pairs(), SHARD_PAIRS);
  return runStage(place, {
    name: "pairs",
    inputs: isUnchanged(place, params, verdicts) ? inputsOf(params) : { ...inputsOf(params), verdicts },
    shards: Math.ceil(report.pairs / SHARD_PAIRS),
    reads: () => inputFiles(store, params),
    unit: "pairs",
    unitsOf: (index) => Math.min(SHARD_PAIRS, report.pairs - index * SHARD_PAIRS),
    shard: async (index, stage, task) => {
      const pairs = await turns(index);
      const rows = await pairRows(pairs, { ...params, store });
      const file = shardFile(stage, index);
      const shape = shapeOfPair(rows[0] as AnyPairRow);
      const written = await writePairs(join(store.workspace.root, file), rows, shape);
      store.shards.commit(stage.id, index, { ...written, file }, (writer) =>
        writer.pairs(pairs.map(({ prompt: _prompt, ...pair }) => pair)),
      );
      task.advance(pairs.length);
    },
    summary: async (stage) => ({
      ...report,
      nearDuplicates: await nearDuplicates(storedRows(store, stage), (sha256) => looksOf(store, sha256)),
      pairSet: store.pairs.setHash(stage.id),
    }),
  });
}

async function* storedRows(store: Store, { id }: StageRow): AsyncGenerator<AnyPairRow> {
  for (const { file, sha256 } of store.shards.list(id)) {
    if (file !== null)
      yield* readAnyPairs(await knownFile(store.workspace.root, { file, sha256 }), pictureBytes(store));
  }
}

function looksOf(store: Store, sha256: string): Uint8Array | undefined {
  const looks = store.pictures.find(sha256)?.looks;
  return looks === undefined ? undefined : hashOfHex(looks);
}

/**
 * What the judge has said of the candidates, as a hash: a set mined from other verdicts is another one.
 * Throws ConfigError when some have no verdict yet.
 */
function verdictsHash({ candidates: stored, workspace }: Store, { candidates, judge }: PairsParams): string {
  const hash = createHash("sha256");
  let [open, all] = [0, 0];
  for (const { candidates: judged } of stored.byPrompt(candidates.id, judge)) {
    for (const { id, verdict } of judged) {
      all += 1;
      if (verdict === null) open += 1;
      hash.update(`${id} ${JSON.stringify(verdict)}\n`);
    }
  }
  if (open === 0) return hash.digest("hex");
  const by = judge.startsWith("geneval:") ? ["--by", "detector"] : [];
  const score = commandLine(["score", candidates.id, ...by], workspace.root);
  throw new ConfigError(
    `${open} of the ${all} candidates of ${candidates.id} have no verdict of judge ${judge} yet: pairs are mined from scores. ` +
      `First: ${score}${by.length > 0 ? "" : " (with the same --judge, where pair was given one)"}`,
  );
}

/** Whether an earlier version, which left the verdicts out of a set's identity, mined it from all of these candidates. */
function isUnchanged({ store, runId, round }: StagePlace, params: PairsParams, verdicts: string): boolean {
  const inputs = inputsOf(params);
  const earlier = (given: Json) =>
    store.stages.find(stageId({ runId, round, name: "pairs", inputsHash: hashOf(given) }));
  const known = earlier(inputs);
  const scored = store.stages
    .list(runId)
    .findLast(({ name, inputs: of }) => name === "scores" && of["candidates"] === params.candidates.id);
  const isLater = (known?.startedAt ?? 0) >= (scored?.finishedAt ?? 0);
  return known?.progress === "finished" && isLater && earlier({ ...inputs, verdicts }) === undefined;
}

function inputsOf({ candidates, judge, rules, earlier }: PairsParams): Json {
  const mixed = rules.earlierPairs > 0 ? { earlier: earlier.map(({ id }) => id) } : {};
  return { candidates: candidates.id, judge, ...rules, ...mixed };
}

/** The candidates of the stage, and those of earlier pairs where some are drawn. */
function* inputFiles(store: Store, { candidates, rules, earlier }: PairsParams): Generator<InputFile> {
  yield* store.shards.list(candidates.id);
  if (rules.earlierPairs === 0) return;
  for (const { id } of earlier) {
    for (const { chosenId, rejectedId } of store.pairs.iterate(id)) {
      for (const one of [chosenId, rejectedId]) yield locatedCandidate(store, one);
    }
  }
}

function sourceOf({ store }: StagePlace, { candidates, judge, earlier, files }: PairsParams): MiningSource {
  return {
    prompts: () => store.candidates.byPrompt(candidates.id, judge),
    tokens: async (ids) => {
      const found = await storedGrids(store, files, ids);
      return new Map([...found].map(([id, { tokens }]) => [id, tokens]));
    },
    earlier: function* () {
      for (const { id } of earlier)
        for (const pair of store.pairs.iterate(id)) yield earlierPair(store, pair);
    },
  };
}

function earlierPair(store: Store, pair: StoredPair) {
  const { promptId, chosenId, rejectedId, chosenScore, rejectedScore, margin, policy, sharedSteps } = pair;
  const prompt = store.prompts.find(promptId) as Prompt;
  return { prompt, promptId, chosenId, rejectedId, chosenScore, rejectedScore, margin, policy, sharedSteps };
}
