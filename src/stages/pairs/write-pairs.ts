import { join } from "node:path";
import { type CandidateFiles, type PairFileRow, writePairs } from "../../adapters/arrow/index.js";
import { encodePng } from "../../adapters/images/index.js";
import { pairId, type StageRow } from "../../adapters/store/index.js";
import { shardFile } from "../../paths.js";
import type { Prompt } from "../../records/prompt.js";
import type { Decoder } from "../../records/seams.js";
import { findCandidate } from "../obtain.js";
import { runStage, type StagePlace, shardsOf } from "../run-stage.js";
import { type MiningRules, mineAll, type PromptPair } from "./mine-all.js";

export interface PairsParams {
  /** The scored candidates stage. */
  readonly candidates: StageRow;
  /** Identity of the judge whose verdicts label them. */
  readonly judge: string;
  readonly rules: MiningRules;
  readonly files: CandidateFiles;
  readonly decoder: Decoder;
  /** Word ids of a prompt, shape (text,). */
  readonly encodePrompt: (text: string) => Uint16Array;
}

/** Pairs of one shard: about a megabyte of images. */
const SHARD_PAIRS = 256;

/**
 * Mines the pairs of a scored candidates stage and writes them to Arrow files the trainer and `datasets` read, with
 * images decoded. The summary is the yield report and the hash of the pair set.
 */
export async function writePairSet(place: StagePlace, params: PairsParams): Promise<StageRow> {
  const { store } = place;
  const { candidates, judge, rules } = params;
  const { pairs, report } = mineAll(store.candidates.byPrompt(candidates.id, judge), rules);
  const shards = shardsOf(pairs, SHARD_PAIRS);
  return runStage(place, {
    name: "pairs",
    inputs: { candidates: candidates.id, judge, ...rules },
    shards: shards.length,
    unit: "pairs",
    unitsOf: (index) => shards[index]?.length ?? 0,
    shard: async (index, stage, task) => {
      const pairs = shards[index] ?? [];
      const rows = await fileRows(place, params, pairs);
      const file = shardFile(stage, index);
      const shape = { tokens: rows[0]?.chosen.tokens.length ?? 0, text: rows[0]?.text.length ?? 0 };
      const written = await writePairs(join(store.workspace.root, file), rows, shape);
      store.shards.commit(stage.id, index, { ...written, file }, (writer) =>
        writer.pairs(pairs.map((pair) => ledgerRow(pair, rules))),
      );
      task.advance(pairs.length);
    },
    summary: (stage) => ({ ...report, pairSet: store.pairs.setHash(stage.id) }),
  });
}

async function fileRows(
  { store }: StagePlace,
  { files, decoder, encodePrompt }: PairsParams,
  pairs: readonly PromptPair[],
): Promise<PairFileRow[]> {
  const ids = [...new Set(pairs.flatMap(({ chosen, rejected }) => [chosen.id, rejected.id]))];
  const found = await Promise.all(
    ids.map(async (id) => (await findCandidate(store, files, id)) ?? missing(id)),
  );
  const images = await decoder.decode(found.map(({ tokens }) => tokens));
  const pngs = await Promise.all(images.map(encodePng));
  const sideOf = ({ id, score }: PromptPair["chosen"]) => {
    const at = ids.indexOf(id);
    const { seed, tokens, committedAt } = found[at] as (typeof found)[number];
    return { id, seed, score, tokens, committedAt, png: pngs[at] as Uint8Array };
  };
  return pairs.map(({ prompt, chosen, rejected, margin }) => ({
    id: pairId(chosen.id, rejected.id),
    prompt: prompt.text,
    tag: prompt.metadata?.tag ?? "",
    text: encodePrompt(prompt.text),
    margin,
    chosen: sideOf(chosen),
    rejected: sideOf(rejected),
  }));
}

function ledgerRow({ prompt, chosen, rejected, margin }: PromptPair, { mining }: MiningRules) {
  return {
    promptId: (prompt satisfies Prompt).id,
    chosenId: chosen.id,
    rejectedId: rejected.id,
    chosenScore: chosen.score,
    rejectedScore: rejected.score,
    margin,
    policy: mining.policy,
  };
}

function missing(id: string): never {
  throw new Error(`Candidate ${id} was mined but is not stored.`);
}
