import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { CheckpointRow, Json } from "../../adapters/store/index.js";
import { resolveInside } from "../../paths.js";
import type { Bundle } from "../../records/bundle.js";
import { card, frontMatter, jsonBlock, markdownTable } from "./card.js";
import { lineageOf } from "./lineage.js";
import type { PublishParams } from "./pairs-bundle.js";

/** A checkpoint as a model: the files its record names, and a card with the comparison of the run that made it. */
export function checkpointBundle(
  checkpoint: CheckpointRow,
  params: PublishParams & {
    /** Absolute; its files were checked against their hashes. */
    readonly folder: string;
  },
): Bundle {
  const { store, version, folder } = params;
  const { id, name, kind, family, parents, pairSetHash, record } = checkpoint;
  const stage = checkpoint.stageId === null ? undefined : store.stages.find(checkpoint.stageId);
  const stages = stage ? lineageOf(store, stage) : [];
  const provenance = {
    espalier: version,
    checkpoint: id,
    kind,
    family,
    parents,
    pairSet: pairSetHash,
    stages,
  };
  const names = [...Object.keys((record["files"] ?? {}) as Json), "checkpoint.json"];
  const table = stage && comparisonOf(store.workspace.reports, stage.runId);
  return {
    kind: "checkpoint",
    title: `checkpoint ${name}`,
    provenance,
    files: [
      ...names.map((file) => ({ path: basename(file), content: { file: resolveInside(folder, file) } })),
      { path: "README.md", content: modelCard(checkpoint, provenance, table, params.license) },
    ],
  };
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
    `# ${name}`,
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
      : `The run that made it, every checkpoint on the same prompts and seeds, with intervals:\n\n~~~~text\n${table}\n~~~~`,
    "## Use",
    "`espalier pull checkpoint OWNER/NAME FOLDER` checks every file against its hash; `espalier generate PROMPTS --checkpoint FOLDER` " +
      "and `espalier train PAIRS --checkpoint FOLDER` take the folder. Weights are safetensors and ONNX: nothing runs when they are opened.",
    "## Training",
    jsonBlock(record["training"] ?? {}),
    "## Provenance",
    jsonBlock(provenance["stages"]),
  );
}

/** The table that a finished run left; undefined when it has none. */
export function comparisonOf(reports: string, run: string): string | undefined {
  const file = join(reports, run, "comparison.txt");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd() : undefined;
}
