import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckpointRow } from "../../adapters/store/index.js";
import { resolveInside } from "../../paths.js";
import type { Bundle, BundleFile } from "../../records/bundle.js";
import { card, fenced, frontMatter, jsonBlock, markdownTable, plain } from "./card.js";
import { cleanedFile } from "./cleaned.js";
import { lineageOf } from "./lineage.js";
import type { PublishParams } from "./pairs-bundle.js";

/**
 * A checkpoint as a model: the files its record names, and a card with the comparison of the run that made it. Texts among the
 * files (events, a configuration) are cleaned, and the record says their new hashes.
 */
export async function checkpointBundle(
  checkpoint: CheckpointRow,
  params: PublishParams & {
    /** Absolute; its files were checked against their hashes. */
    readonly folder: string;
    /** Places of this machine, which no text says. */
    readonly places: readonly string[];
  },
): Promise<Bundle> {
  const { store, version, folder, places } = params;
  const { id, name, kind, family, parents, pairSetHash, record } = checkpoint;
  const stage = checkpoint.stageId === null ? undefined : store.stages.find(checkpoint.stageId);
  const stages = stage ? lineageOf(store, stage) : [];
  const made = { espalier: version, checkpoint: id, kind, family, parents };
  const provenance = { ...made, pairSet: pairSetHash, stages };
  const { files, hashes } = await cleanedFiles(record, folder, places);
  const table = stage && comparisonOf(store.workspace.reports, stage.runId);
  return {
    kind: "checkpoint",
    title: `checkpoint ${name}`,
    provenance,
    files: [
      ...files,
      { path: "checkpoint.json", content: `${JSON.stringify({ ...record, files: hashes }, null, 2)}\n` },
      { path: "README.md", content: modelCard(checkpoint, provenance, table, params.license) },
    ],
  };
}

/** The files that a record names, and their hashes as they are now. */
async function cleanedFiles(record: CheckpointRow["record"], folder: string, places: readonly string[]) {
  const hashes = { ...(record["files"] as Readonly<Record<string, string>> | undefined) };
  const files: BundleFile[] = [];
  for (const path of Object.keys(hashes)) {
    const file = await cleanedFile({ path, content: { file: resolveInside(folder, path) } }, places);
    if (typeof file.content === "string") hashes[path] = sha256(file.content);
    files.push(file);
  }
  return { files, hashes };
}

function modelCard(
  { id, name, kind, record }: CheckpointRow,
  provenance: Readonly<Record<string, unknown>>,
  table: string | undefined,
  license: string | undefined,
): string {
  const parents = provenance["parents"] as readonly string[];
  return card(
    frontMatter({
      license,
      library_name: "espalier",
      ...(kind === "generator" ? { pipeline_tag: "text-to-image" } : {}),
      tags: ["espalier", kind, ...(provenance["pairSet"] === null ? [] : ["dpo"])],
    }),
    `# ${plain(name)}`,
    markdownTable(
      ["", ""],
      [
        ["kind", kind],
        ["weights (sha256)", id],
        ["parents (sha256)", parents.join(", ") || "none"],
        ["pair set (sha256)", String(provenance["pairSet"] ?? "none")],
        ["made by", `espalier ${String(provenance["espalier"])}`],
      ],
    ),
    "## Comparison",
    table === undefined
      ? "No comparison is stored for this checkpoint."
      : `The run that made it, every checkpoint on the same prompts and seeds, with intervals:\n\n${fenced("text", table)}`,
    "## Use",
    "`espalier pull checkpoint OWNER/NAME FOLDER` checks every file against its hash; `espalier generate PROMPTS --checkpoint FOLDER` " +
      "and `espalier train PAIRS --checkpoint FOLDER` take the folder. Weights are safetensors and ONNX: nothing runs when they are opened.",
    "## Training",
    jsonBlock(record["training"] ?? {}),
    "## Provenance",
    jsonBlock(provenance["stages"]),
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The table that a finished run left; undefined when it has none. */
export function comparisonOf(reports: string, run: string): string | undefined {
  const file = join(reports, run, "comparison.txt");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd() : undefined;
}
