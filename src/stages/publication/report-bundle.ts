import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import type { Bundle } from "../../records/bundle.js";
import { card, fenced, frontMatter, plain } from "./card.js";
import { comparisonOf } from "./checkpoint-bundle.js";
import type { PublishParams } from "./pairs-bundle.js";

/** What a report's folder holds that is worth sharing. */
const SHARED = /^(report\.html|summary\.json|comparison\.txt|round-\d+\.json)$/;

/** The report of a finished run as a static page: the report itself, its table, data and manifests. */
export function reportBundle(run: string, { store, version, license }: PublishParams): Bundle {
  const folder = join(store.workspace.reports, run);
  const found = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => SHARED.test(name))
        .sort()
    : [];
  if (store.runs.find(run) === undefined || !found.includes("report.html")) {
    const known = store.runs.list().map(({ id }) => id);
    throw new StoreError(
      `Expected a run with a report in ${store.workspace.reports}, got "${run}". Runs here: ${known.join(", ") || "none"}.`,
    );
  }
  const rounds = store.rounds.list(run).map(({ number, fromCheckpoint, toCheckpoint, promoted }): Json => {
    return { round: number, fromCheckpoint, toCheckpoint, promoted };
  });
  const { configHash } = store.runs.find(run) ?? {};
  return {
    kind: "report",
    title: `report of ${run}`,
    provenance: { espalier: version, run, configHash, rounds },
    files: [
      ...found.map((name) => ({
        path: name === "report.html" ? "index.html" : name,
        content: { file: join(folder, name) },
      })),
      {
        path: "README.md",
        content: card(
          frontMatter({ title: `Comparison ${run}`, sdk: "static", license, tags: ["espalier"] }),
          `# Comparison of ${plain(run)}`,
          fenced("text", comparisonOf(store.workspace.reports, run) ?? ""),
          `Made by espalier ${version}. The page is \`index.html\`, the same as data \`summary.json\`, every round's inputs by hash ` +
            "`round-K.json`.",
        ),
      },
    ],
  };
}
