import { type AnyPairRow, knownFile, readAnyPairs } from "../../adapters/arrow/index.js";
import { type ContactSheet, decodeImage } from "../../adapters/images/index.js";
import { openStore, queryLedger, type Store } from "../../adapters/store/index.js";
import type { FormatName } from "../../config/formats.js";
import { workspacePaths } from "../../paths.js";
import { pictureBytes } from "../../pictures/picture-bytes.js";
import { countLeftOut, type LeftOut } from "../../records/left-out.js";
import type { Preference } from "../../records/preference.js";
import { describePreferences, type SetDescription } from "../../stages/exchange/describe-preferences.js";
import { columnsIn, detectFormat, HOUSE_COLUMNS } from "../../stages/exchange/detect-format.js";
import { FORMATS } from "../../stages/exchange/formats.js";
import { preferenceOf } from "../../stages/exchange/layouts/house-rows.js";
import { findStage, namesFile } from "../find-stage.js";
import type { RunOptions } from "../run/run-options.js";
import { type LookedIntoCandidates, lookIntoCandidates } from "./look-into-candidates.js";

type Models = Pick<RunOptions, "workspace" | "family" | "models">;

/** Every table of the ledger with its columns and rows. */
export function ledgerSchema(workspace: string): { table: string; columns: string[]; rows: number }[] {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    return Object.entries(store.counts()).map(([table, rows]) => {
      const { columns } = queryLedger(store.workspace, `SELECT * FROM "${table}"`, 1);
      return { table, columns: [...columns], rows };
    });
  } finally {
    store.close();
  }
}

/** A set that was looked into, with a contact sheet of some of its preferences. */
export interface LookedInto extends SetDescription {
  readonly name: string;
  /** As its layout calls them. */
  readonly columns: readonly string[];
  /** Rows that hold no preference, by the reason: of a file alone. */
  readonly leftOut?: LeftOut;
  readonly sheet: ContactSheet | null;
}

/** Looks into a file of preferences, or into a pairs, ties or candidates stage. Throws StoreError when it is none of them. */
export async function lookInto(
  what: string,
  options: { readonly format: FormatName | null; readonly samples: number } & Models,
): Promise<LookedInto | LookedIntoCandidates> {
  if (namesFile(what)) {
    const format = options.format ?? (await detectFormat(what));
    const columns = await columnsIn(what);
    const { leftOut, onLeftOut } = countLeftOut();
    const found = await described(
      { name: what, columns },
      FORMATS[format].read(what, onLeftOut),
      options.samples,
    );
    return { ...found, leftOut };
  }
  const store = openStore(workspacePaths(options.workspace), { readOnly: true });
  try {
    const stage = findStage(store, what, "pairs", "ties", "candidates");
    const { id, name } = stage;
    if (name === "candidates") return await lookIntoCandidates(store, stage, options);
    const set = { name: `${name} ${id}`, columns: HOUSE_COLUMNS };
    return await described(set, stagePreferences(store, id), options.samples);
  } finally {
    store.close();
  }
}

async function described(
  { name, columns }: Pick<LookedInto, "name" | "columns">,
  preferences: AsyncIterable<Preference>,
  count: number,
): Promise<LookedInto> {
  const { description, samples } = await describePreferences(preferences, count);
  return { name, columns, ...description, sheet: samples.length > 0 ? await sheetOf(name, samples) : null };
}

async function* stagePreferences(store: Store, stage: string): AsyncGenerator<Preference> {
  for (const { file, sha256, index } of store.shards.list(stage)) {
    if (file === null) continue;
    let row = 0;
    const pairs: AsyncIterable<AnyPairRow> = readAnyPairs(
      await knownFile(store.workspace.root, { file, sha256 }),
      pictureBytes(store),
    );
    for await (const pair of pairs) yield preferenceOf(pair, `shard ${index}, row ${row++}`);
  }
}

async function sheetOf(name: string, samples: readonly Preference[]): Promise<ContactSheet> {
  const cells = samples.flatMap(({ images, ranks, prompt }) =>
    images.map(async ({ bytes, score }, at) => {
      const said = score === undefined ? `rank ${ranks[at]}` : `rank ${ranks[at]}, ${score.toFixed(2)}`;
      return { image: await decodeImage(bytes), label: said, caption: prompt };
    }),
  );
  return {
    title: `${name}: ${samples.length} samples`,
    cells: await Promise.all(cells),
    columns: 4,
    scale: 2,
  };
}
