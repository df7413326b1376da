import { MOST } from "../config/limits.js";
import { workspacePaths } from "../paths.js";
import { defineCommand, number } from "./command.js";

export const sql = defineCommand({
  name: "sql",
  summary: "ask the ledger in SQL; only reads",
  examples: [
    'espalier sql "SELECT name, count(*) FROM stages GROUP BY name"',
    'espalier sql "SELECT id, margin FROM pairs ORDER BY margin LIMIT 5" --json',
  ],
  positionals: [{ name: "query", describe: "one SELECT, in quotes", required: true }],
  flags: { limit: number("rows at most", { least: 1, most: MOST.stageImages }, 100) },
  async run([query = ""], { limit }, { workspace }) {
    const { queryLedger } = await import("../adapters/store/index.js");
    const { columns, rows, cut } = queryLedger(workspacePaths(workspace), query, limit);
    const table = [columns, ...rows.map((row) => row.map(written))].map((row) => row.join("\t"));
    const more = cut ? [`(the first ${limit} rows; --limit takes more)`] : [];
    const data = rows.map((row) => Object.fromEntries(row.map((cell, at) => [columns[at] as string, cell])));
    return { data: { rows: data, cut }, text: [...table, ...more].join("\n") };
  },
});

function written(cell: unknown): string {
  return cell === null ? "" : String(cell);
}
