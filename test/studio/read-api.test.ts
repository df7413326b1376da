import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore, type Store } from "../../src/adapters/store/index.js";
import { type LocalServer, serveLocally } from "../../src/adapters/web/index.js";
import { pair, score } from "../../src/runner/single-stages/single-stages.js";
import { studioImages } from "../../src/studio/images.js";
import { studioEndpoints, studioRoutes } from "../../src/studio/routes.js";
import type { Studio } from "../../src/studio/studio.js";
import { makePictures } from "../fixtures/pictures.js";
import { BEST_OF_JUDGED, pictureWorkspace } from "../runner/single-stages/picture-workspace.js";

/** A prompt as somebody may bring it. */
const HOSTILE = `<img src=x onerror="alert(1)">'; DROP TABLE candidates; -- %_\\ \u202e`;

let studio: Studio;
let server: LocalServer;
let writer: Store | undefined;
let pairs: string;
let ids: string[];
const end = new AbortController();

beforeAll(async () => {
  const made = (await makePictures()).slice(0, 12);
  const workspace = await pictureWorkspace(
    made.map((one, at) => (at < 2 ? { ...one, prompt: HOSTILE } : one)),
  );
  const { stage } = await workspace.bring();
  await score({ candidates: stage.id, by: "judge" }, workspace.options);
  pairs = (await pair({ ...BEST_OF_JUDGED, candidates: stage.id }, workspace.options)).id;
  const store = openStore(
    workspace.reading(({ workspace: paths }) => paths),
    { readOnly: true },
  );
  const writing = () => {
    writer ??= openStore(store.workspace, { lease: "never" });
    return writer;
  };
  const root = workspace.options.workspace;
  studio = { store, writing, images: studioImages(store), workspace: root, signal: end.signal };
  server = await serveLocally({ routes: studioRoutes(studio) });
  ids = ((await ask("api/candidates")) as { rows: { id: string }[] }).rows.map(({ id }) => id);
});
afterAll(async () => {
  end.abort();
  await server.close();
  await studio.images.close();
  writer?.close();
  studio.store.close();
});

async function answerTo(path: string, init?: RequestInit): Promise<Response> {
  return fetch(`${server.url}${path}`, init);
}

async function ask(path: string): Promise<unknown> {
  const response = await answerTo(path);
  expect([path, response.status]).toEqual([path, 200]);
  return response.json();
}

function mark(said: object): Promise<Response> {
  const headers = { "content-type": "application/json", origin: new URL(server.url).origin };
  return answerTo("api/marks", { method: "POST", headers, body: JSON.stringify(said) });
}

describe("the read API", () => {
  test("answers every question by its schema, and the page in docs names each of them", async () => {
    const documented = readFileSync("docs/studio.md", "utf8");
    const endpoints = studioEndpoints(studio);
    expect(endpoints.length).toBeGreaterThan(8);
    for (const { method, path, asked: schema, answered } of endpoints) {
      expect(documented).toContain(`\`${method} api/${path}\``);
      if (method === "POST") continue;
      const asked = path.replace(":id", ids[0] as string).replace(":subject", ids[0] as string);
      if (!schema.safeParse({}).success) continue;
      const found = answered.safeParse(await answerTo(`api/${asked}`).then((one) => one.json()));
      expect([path, found.error?.message]).toEqual([path, undefined]);
    }
    const { endpoints: described } = (await ask("api")) as {
      endpoints: { path: string; answered: object }[];
    };
    expect(described.map(({ path }) => path)).toEqual(endpoints.map(({ path }) => `api/${path}`));
    expect(described.every(({ answered }) => "type" in answered)).toBe(true);
  });

  test("reads a list part by part, filtered, sorted by a judge's score, and counts it", async () => {
    const { scores } = (await ask("api/facets")) as { scores: { judge: string }[] };
    const found: number[] = [];
    let after: string | null = "";
    while (after !== null) {
      const query = `judge=${scores[0]?.judge}&order=highest&limit=5&least=0.2${after === "" ? "" : `&after=${after}`}`;
      const part = (await ask(`api/candidates?${query}`)) as {
        rows: { score: number }[];
        next: string | null;
      };
      found.push(...part.rows.map(({ score }) => score));
      after = part.next;
    }
    expect(found).toEqual([...found].sort((one, other) => other - one));
    expect(await ask(`api/candidates/count?judge=${scores[0]?.judge}&least=0.2`)).toEqual({
      count: found.length,
    });
    const { rows } = (await ask(`api/pairs?stage=${pairs}&order=smallest`)) as { rows: { margin: number }[] };
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.map(({ margin }) => margin)).toEqual(
      rows.map(({ margin }) => margin).sort((one, other) => one - other),
    );
  });

  test.each([
    ["api/candidates?order=best", "order"],
    ["api/candidates?limit=100000", "limit"],
    ["api/candidates?least=much", "least"],
    ["api/candidates?after=xx", "after"],
    ["api/candidates?colour=red", "colour"],
    ["api/pairs?review=perhaps", "review"],
    ["images/0?side=7", "side"],
  ])("says what is wrong with %s", async (path, named) => {
    const response = await answerTo(path);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain(named);
  });

  test("finds what a hostile prompt says as text, and nothing is broken by it", async () => {
    const { rows } = (await ask(`api/candidates?text=${encodeURIComponent(HOSTILE)}`)) as {
      rows: { prompt: string }[];
    };
    expect(rows.map(({ prompt }) => prompt)).toEqual([HOSTILE, HOSTILE]);
    expect(await ask(`api/candidates?text=${encodeURIComponent("%_")}`)).toMatchObject({
      rows: { length: 2 },
    });
    expect(await ask("api/candidates/count")).toEqual({ count: 12 });
    const response = await answerTo("api/candidates");
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(response.headers.get("content-security-policy")).not.toMatch(/unsafe|https?:|\*/);
  });

  test("shows pictures small and as they came, and no file by its name", async () => {
    const small = await answerTo(`images/${ids[0]}?side=256`);
    const whole = await answerTo(`images/${ids[0]}`);
    expect([small.status, whole.status]).toEqual([200, 200]);
    expect(whole.headers.get("content-type")).toMatch(/^image\/(png|jpeg|webp)$/);
    for (const name of ["..%2f..%2fespalier.db", "nobody", `${ids[0]}/after/2`, `${ids[0]}/after/x`])
      expect([name, (await answerTo(`images/${name}`)).status]).toEqual([name, 404]);
  });

  test("keeps what a person says, beside a process that holds the lease, and tells who listens", async () => {
    const listening = new AbortController();
    const events = await answerTo("events", { signal: listening.signal });
    const reader = (events.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const running = openStore(studio.store.workspace);
    try {
      const subject = ids[3] as string;
      const said = {
        person: "ann",
        kind: "candidate",
        subject,
        decision: "drop",
        flagged: true,
        note: HOSTILE,
      };
      const response = await mark(said);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        marks: [{ person: "ann", decision: "drop", note: HOSTILE }],
      });
      const { value } = await reader.read();
      expect(new TextDecoder().decode(value)).toContain("event: changed");
      expect(await ask("api/candidates?mark=drop")).toMatchObject({ rows: [{ id: subject, flagged: true }] });
      running.runs.open({ id: "beside", pipeline: "beside", configHash: "beside", config: {} });
      expect(await ask("api/runs")).toMatchObject({
        isWritten: true,
        runs: [{ id: "beside" }, { id: "by-hand" }],
      });
    } finally {
      running.close();
      listening.abort();
    }
    expect(
      (
        await mark({
          person: "<b>",
          kind: "candidate",
          subject: ids[0],
          decision: null,
          flagged: false,
          note: "",
        })
      ).status,
    ).toBe(400);
    expect(
      (
        await mark({
          person: "ann",
          kind: "candidate",
          subject: "none",
          decision: null,
          flagged: false,
          note: "",
        })
      ).status,
    ).toBe(404);
  });

  test("never blocks a writer: a list that is read meanwhile sees the ledger as it was", async () => {
    const running = openStore(studio.store.workspace);
    try {
      const asked = Array.from({ length: 20 }, () => ask("api/candidates?limit=200"));
      for (let number = 0; number < 20; number++) {
        const begun = performance.now();
        running.runs.open({ id: `run-${number}`, pipeline: "p", configHash: "c", config: {} });
        expect(performance.now() - begun).toBeLessThan(1000);
        await wait(0);
      }
      expect(await Promise.all(asked)).toHaveLength(20);
    } finally {
      running.close();
    }
  });
});
