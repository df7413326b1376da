import {
  type AnyPairRow,
  encodedSide,
  knownFile,
  readAnyPairs,
  writePairs,
} from "../../adapters/arrow/index.js";
import { contactSheet, decodeImage } from "../../adapters/images/index.js";
import type { StageRow, Store } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import { resolveInside } from "../../paths.js";
import { pictureBytes } from "../../pictures/picture-bytes.js";
import type { Bundle, BundleFile } from "../../records/bundle.js";
import { card, frontMatter, jsonBlock, markdownTable } from "./card.js";
import { lineageOf, type PublishedStage } from "./lineage.js";
import { type PairStatistics, pairStatistics } from "./pair-statistics.js";

/** Pairs shown in the card. */
const EXAMPLES = 6;

export interface PublishParams {
  readonly store: Store;
  /** Of this program. */
  readonly version: string;
  /** As the Hub names it; undefined leaves the choice open. */
  readonly license: string | undefined;
}

/** A finished pairs stage as a data set: its Arrow shards as they are, a card with statistics, provenance and examples. */
export async function pairsBundle(stage: StageRow, params: PublishParams): Promise<Bundle> {
  const { store, version } = params;
  const shards = store.shards
    .list(stage.id)
    .flatMap(({ file, sha256 }) => (file === null ? [] : [{ file, sha256 }]));
  const [first] = shards;
  if (first === undefined) throw new StoreError(`Pairs ${stage.id} hold no pair: there is nothing to push.`);
  const statistics = pairStatistics(store, stage.id);
  const stages = lineageOf(store, stage);
  const provenance = { espalier: version, pairSet: store.pairs.setHash(stage.id), stages };
  const paths = await Promise.all(shards.map((shard) => knownFile(store.workspace.root, shard)));
  const [pair] = store.pairs.iterate(stage.id);
  const isOfPictures = pair !== undefined && store.candidates.find(pair.chosenId)?.picture !== undefined;
  const held = isOfPictures ? await heldFiles(store, stage, paths) : paths;
  const files: BundleFile[] = held.map((file, index) => ({
    path: `data/${String(index).padStart(5, "0")}.arrow`,
    content: { file },
  }));
  const examples = await exampleSheet(paths[0] as string, store);
  return {
    kind: "pairs",
    title: `pairs ${stage.id}`,
    provenance: { ...provenance, statistics },
    files: [
      ...files,
      { path: "images/examples.png", content: examples },
      {
        path: "README.md",
        content: datasetCard(provenance, statistics, {
          license: params.license,
          columns: isOfPictures ? PICTURE_COLUMNS : GRID_COLUMNS,
        }),
      },
    ],
  };
}

/** Copies of the files of a set of pictures that hold their bytes: where these lie here says nothing on the Hub. */
async function heldFiles(store: Store, stage: StageRow, paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const [index, path] of paths.entries()) {
    const place = `cache/push/${stage.id}/${String(index).padStart(5, "0")}.arrow`;
    const file = resolveInside(store.workspace.root, place);
    await writePairs(file, readAnyPairs(path, pictureBytes(store)), { pictures: "held" });
    files.push(file);
  }
  return files;
}

const GRID_COLUMNS =
  "`prompt`, `tag`; `chosen` and `rejected` (images), each with `_id`, `_seed`, `_score`, `_tokens` (codebook indices) and " +
  "`_committed_at` (the decoding step that settled each token); `margin`; `text` (word ids of the prompt); `pair_id`.";
const PICTURE_COLUMNS =
  "`prompt`, `tag`; `chosen` and `rejected` (the pictures, byte for byte as they came), each with `_id`, `_sha256`, `_seed`, `_score` and " +
  "`_metadata` (JSON); `margin`; `pair_id`.";

function datasetCard(
  { espalier, pairSet, stages }: { espalier: string; pairSet: string; stages: readonly PublishedStage[] },
  statistics: PairStatistics,
  { license, columns }: { readonly license: string | undefined; readonly columns: string },
): string {
  const { pairs, tasks, policies, review, meanMargin, margins } = statistics;
  const rows = (counts: Readonly<Record<string, number>>) => Object.entries(counts);
  return card(
    frontMatter({
      license,
      pretty_name: `Image preference pairs ${pairSet.slice(0, 12)}`,
      task_categories: ["text-to-image"],
      tags: ["preference", "dpo", "espalier"],
      configs: [{ config_name: "default", data_files: [{ split: "train", path: "data/*.arrow" }] }],
    }),
    "# Image preference pairs",
    `${pairs} pairs of a chosen and a rejected image of the same prompt, for DPO of text-to-image models that decode in steps.`,
    "![Pairs of the set: chosen left, rejected right](images/examples.png)",
    "## Statistics",
    markdownTable(["task", "pairs"], rows(tasks)),
    markdownTable(["mining policy", "pairs"], rows(policies)),
    markdownTable(["review by people", "pairs"], rows(review)),
    markdownTable(
      ["margin from", "pairs"],
      margins.map(([from, count]) => [from.toFixed(1), count]),
    ),
    `Mean margin ${meanMargin?.toFixed(3) ?? "unknown"}. A negative margin is a pair that people turned round.`,
    "## Columns",
    columns,
    "## Provenance",
    `Made by espalier ${espalier}. sha256 of the sorted pair ids: \`${pairSet}\`. Every file's sha256 is in \`espalier.json\`; ` +
      "`espalier pull` checks them. Checkpoints and judges are named by the sha256 of their weights.",
    jsonBlock(stages),
  );
}

/** The first pairs of a shard, chosen left and rejected right. */
async function exampleSheet(file: string, store: Store): Promise<Uint8Array> {
  const rows: AnyPairRow[] = [];
  for await (const row of readAnyPairs(file, pictureBytes(store))) {
    if (rows.push(row) === EXAMPLES) break;
  }
  const cells = await Promise.all(
    rows.flatMap(({ prompt, chosen, rejected }) => [
      cellOf("chosen", prompt, chosen),
      cellOf("rejected", "", rejected),
    ]),
  );
  const widest = Math.max(...cells.map(({ image }) => image.width));
  return contactSheet({ title: "", cells, columns: 4, scale: Math.max(1, Math.round(192 / widest)) });
}

async function cellOf(role: string, caption: string, side: AnyPairRow["chosen"]) {
  return {
    image: await decodeImage(await encodedSide(side)),
    label: `${role} ${side.score.toFixed(2)}`,
    caption,
  };
}
