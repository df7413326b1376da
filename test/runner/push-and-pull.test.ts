import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type PairFileRow, readPairs } from "../../src/adapters/arrow/index.js";
import { decodePng } from "../../src/adapters/images/index.js";
import { readCheckpoint } from "../../src/adapters/onnx/checkpoint.js";
import { runProgram } from "../../src/commands/program.js";
import { pull, push } from "../../src/runner/push-and-pull.js";
import { runPipeline } from "../../src/runner/run/run-pipeline.js";
import { HubServer, sha256, TOKEN } from "../fixtures/hub/hub-server.js";
import { reviewWorkspace } from "../stages/review/review-workspace.js";
import { MODELS, reading, tinyConfig, tinyFolder, tinyOptions } from "./tiny-run.js";

const HOME = resolve(".");

async function openServer(): Promise<{
  server: HubServer;
  hub: { url: string; token: string };
  folder: string;
}> {
  const server = await new HubServer().open();
  const folder = mkdtempSync(join(tmpdir(), "espalier-share-"));
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  return { server, hub: { url: server.url, token: TOKEN }, folder };
}

/** What the Hub reads at the top of a card. */
function frontMatterOf(text: string): Record<string, unknown> {
  const [, block = ""] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
  return Object.fromEntries(
    block.split("\n").map((line) => {
      const [name = "", ...value] = line.split(": ");
      return [name, JSON.parse(value.join(": "))];
    }),
  );
}

/** Adds a file to a checkpoint's folder, as its trainer would have. */
function addFile(folder: string, name: string, content: string): void {
  const file = join(folder, "checkpoint.json");
  const record = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(join(folder, name), content);
  writeFileSync(file, JSON.stringify({ ...record, files: { ...record.files, [name]: sha256(content) } }));
}

async function rowsOf(file: string): Promise<PairFileRow[]> {
  const rows: PairFileRow[] = [];
  for await (const row of readPairs(file)) rows.push(row);
  return rows;
}

describe("a pair set on the Hub", () => {
  test("has a card with statistics, provenance and example images, and comes back row for row", async () => {
    const { root, rows, pairs, store } = await reviewWorkspace();
    const { server, hub, folder } = await openServer();
    const request = {
      ...({
        kind: "pairs",
        what: pairs.id.slice(0, 8),
        repository: "ann/set",
        visibility: "private",
      } as const),
      ...{ license: "apache-2.0", workspace: root, home: HOME },
    };
    expect(await push(request, { hub })).toMatchObject({ sent: 3, unchanged: 0 });
    expect(server.repos.get("ann/set")).toMatchObject({ type: "dataset", visibility: "private" });

    const files = server.files("ann/set");
    const readme = String(files["README.md"]);
    expect(frontMatterOf(readme)).toMatchObject({
      license: "apache-2.0",
      task_categories: ["text-to-image"],
      configs: [{ data_files: [{ split: "train", path: "data/*.arrow" }] }],
    });
    expect(readme).toContain(`${rows.length} pairs`);
    expect(readme).toContain(`| best-versus-worst | ${rows.length} |`);
    expect(readme).toContain(store.pairs.setHash(pairs.id));
    expect(readme).toContain("images/examples.png");
    expect((await decodePng(files["images/examples.png"] as Buffer)).width).toBeGreaterThan(600);
    const manifest = JSON.parse(String(files["espalier.json"])) as Record<string, unknown>;
    expect(manifest["provenance"]).toMatchObject({
      pairSet: store.pairs.setHash(pairs.id),
      stages: [{ name: "pairs", id: pairs.id }],
      statistics: { pairs: rows.length },
    });
    for (const content of [readme, JSON.stringify(manifest)]) {
      expect(content).not.toContain(root);
      expect(content).not.toContain(TOKEN);
    }

    const pulled = { kind: "pairs", repository: "ann/set", folder, revision: "main" } as const;
    expect(await pull(pulled, { hub })).toMatchObject({ fetched: 3 });
    expect(await rowsOf(join(folder, "data/00000.arrow"))).toEqual(rows);
    expect(await push(request, { hub })).toMatchObject({ sent: 0, unchanged: 3 });
  });
});

describe("a finished run on the Hub", () => {
  test("is a model with the comparison table in its card, and a report as a page", {
    timeout: 180_000,
  }, async () => {
    const run = tinyFolder();
    await runPipeline(tinyConfig(run, { rounds: 1 }), tinyOptions(run));
    const workspace = join(run, "workspace");
    const { server, hub, folder } = await openServer();
    const common = {
      visibility: "private",
      license: undefined,
      workspace,
      home: HOME,
      models: MODELS,
    } as const;
    const trained = reading(run, (store) => store.checkpoints.list().find(({ stageId }) => stageId !== null));
    const checkpoint = {
      ...common,
      kind: "checkpoint",
      what: trained?.id ?? "",
      repository: "ann/model",
    } as const;
    const made = join(workspace, trained?.location ?? "");
    const ended = { event: "checkpoint-end", step: 1, folder: join(made, "step-000001") };
    addFile(made, "events.jsonl", `${JSON.stringify(ended)}\n`);
    expect(await push(checkpoint, { hub })).toMatchObject({ sent: 5 });
    const events = String(server.files("ann/model")["events.jsonl"]);
    expect(JSON.parse(events)).toEqual({ ...ended, folder: "step-000001" });
    const card = String(server.files("ann/model")["README.md"]);
    const table = readFileSync(join(workspace, "reports/tiny/comparison.txt"), "utf8").trimEnd();
    expect(card).toContain(table);
    expect(card).toContain(trained?.id);
    expect(frontMatterOf(card)).toMatchObject({
      library_name: "espalier",
      tags: ["espalier", "generator", "dpo"],
    });

    await pull({ kind: "checkpoint", repository: "ann/model", folder, revision: "main" }, { hub });
    expect(readCheckpoint(folder, "generator").identity).toBe(trained?.id);
    const manifest = JSON.parse(String(server.files("ann/model")["espalier.json"]));
    const names = (manifest.provenance.stages as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["training"]));

    const report = { ...common, kind: "report", what: "tiny", repository: "ann/report" } as const;
    await push(report, { hub });
    const files = server.files("ann/report");
    expect(server.repos.get("ann/report")?.type).toBe("space");
    expect(String(files["index.html"])).toBe(
      readFileSync(join(workspace, "reports/tiny/report.html"), "utf8"),
    );
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(["summary.json", "round-1.json", "comparison.txt"]),
    );
    expect(frontMatterOf(String(files["README.md"]))).toMatchObject({ sdk: "static" });

    for (const [repository, name] of ["ann/model", "ann/report"].flatMap((one) =>
      Object.keys(server.files(one)).map((name) => [one, name] as const),
    )) {
      const content = String(server.files(repository)[name]);
      for (const place of [run, HOME, tmpdir()])
        expect(content.includes(place), `${name} ${place}`).toBe(false);
    }
    expect(server.files("ann/report")["round-1.json"]?.toString()).toContain('"file": "train.txt"');

    const absent = push({ ...report, what: "tinny" }, { hub });
    await expect(absent).rejects.toThrow(
      /Expected a run with a report in .*, got "tinny"\. Runs here: .*tiny/,
    );
    await expect(push({ ...checkpoint, what: "nothing" }, { hub })).rejects.toThrow(/Known: .*round-1/);
  });
});

describe("the commands", () => {
  test("take address and token from the environment, and never say the token", async () => {
    const { root, pairs, store } = await reviewWorkspace();
    store.close();
    const { server, folder } = await openServer();
    vi.stubEnv("HF_ENDPOINT", server.url);
    vi.stubEnv("HF_TOKEN", "");
    onTestFinished(() => void vi.unstubAllEnvs());
    const said: string[] = [];
    const surroundings = {
      ...{ home: HOME, version: "0", signal: new AbortController().signal },
      out: (text: string) => void said.push(text),
      errors: { write: (text: string) => said.push(text) > 0, isTTY: false, columns: 80 },
    };
    const words = ["push", "pairs", pairs.id, "ann/set", "--workspace", root];
    expect(await runProgram(words, surroundings)).toBe(2);
    expect(said.join("")).toContain("variable HF_TOKEN");
    expect(server.requests).toEqual([]);

    vi.stubEnv("HF_TOKEN", TOKEN);
    expect(await runProgram(words, surroundings)).toBe(0);
    expect(server.repos.get("ann/set")?.visibility).toBe("private");
    const target = join(folder, "pulled");
    expect(await runProgram(["pull", "pairs", "ann/set", target], surroundings)).toBe(0);
    expect(existsSync(join(target, "data/00000.arrow"))).toBe(true);
    expect(await runProgram(["pull", "sets", "ann/set", target], surroundings)).toBe(2);
    expect(said.join("")).toContain("3 files sent, 0 unchanged");
    expect(said.join("")).not.toContain(TOKEN);
  });
});
