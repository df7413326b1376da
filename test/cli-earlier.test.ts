import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../scripts/trials/command.js";
import { forget, openCache, openSandbox } from "../scripts/trials/sandbox.js";

const FIXTURE = resolve("test/fixtures/earlier-workspace");
const STAGES = "SELECT id, name, inputs_hash, summary, started_at, finished_at FROM stages";

const cache = openCache();
const sandbox = openSandbox(cache);
afterAll(() => forget(cache));

/** Rows of the sandbox's ledger. */
function rows(query: string): unknown[] {
  const ledger = new SqliteDatabase(join(sandbox.workspace, "espalier.db"), { readonly: true });
  const found = ledger.prepare(query).all();
  ledger.close();
  return found;
}

async function espalier(line: string) {
  const { code, out, errors } = await runCommand(line.split(" "), { sandbox, limit: 300 });
  return { code, text: out + errors };
}

describe("a workspace of an earlier version, stopped as training began", () => {
  beforeAll(() => cpSync(join(FIXTURE, "workspace"), sandbox.workspace, { recursive: true }));

  test("has candidates that are drawn again token for token", async () => {
    const [first] = rows("SELECT id FROM candidates ORDER BY id") as { id: string }[];
    const replayed = await espalier(`replay ${first?.id} --json`);
    expect(replayed).toMatchObject({ code: 0 });
    expect(JSON.parse(replayed.text)).toMatchObject({ same: true, differing: [] });
  });

  test("goes on to its end without doing a finished stage again", async () => {
    const finished = rows(`${STAGES} WHERE progress = 'finished'`);
    expect(finished).toHaveLength(9);
    const ended = await espalier(`run ${join(FIXTURE, "pipeline.ts")}`);
    expect(ended, ended.text).toMatchObject({ code: 0 });
    const after = rows(STAGES);
    expect(after).toEqual(expect.arrayContaining(finished));
    const names = after.map((stage) => (stage as { id: string; name: string }).name);
    expect(names.slice(0, 10)).toEqual([
      ...[
        "prompts-validation",
        "prompts-evaluation",
        "validation",
        "evaluation-plain",
        "evaluation-best-of-2",
      ],
      ...["prompts", "candidates", "scores", "pairs", "training"],
    ]);
    expect(names.slice(10)).toEqual(["validation", "evaluation-plain", "evaluation-best-of-2"]);
    expect(existsSync(join(sandbox.workspace, "reports", "earlier", "report.html"))).toBe(true);
  }, 300_000);
});
