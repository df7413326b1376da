import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openStore, type Store } from "../../../src/adapters/store/index.js";
import { freezeVerifier, type SearchVerifier } from "../../../src/config/schema/verifier.js";
import { ConfigError } from "../../../src/errors.js";
import { workspacePaths } from "../../../src/paths.js";
import { search } from "../../../src/runner/single-stages/search-images.js";
import { FakeJudge, scoreByHash, withFaults } from "../../../src/testing.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { gradedConfig, gradedFamily } from "../graded-family.js";
import { tinyFolder, tinyOptions } from "../tiny-run.js";

/** A judge of which a few verdicts fail. */
const judge = () =>
  new FakeJudge(withFaults(scoreByHash, ({ image }) => (image.tokens?.[3] as number) % 16 === 0));

function setUp(folder = tinyFolder()) {
  const config = gradedConfig(folder);
  const family = gradedFamily([0.5], { openJudge: async () => judge() });
  const options = { ...tinyOptions(folder, { family }), config };
  const request = (settings: object, trace = false) => ({
    file: join(folder, "shapes.txt"),
    limit: 3,
    perPrompt: 2,
    verifier: freezeVerifier({ n: 5, ...settings }, "test") as SearchVerifier,
    trace,
  });
  return { folder, options, request };
}

function reading<Result>(workspace: string, read: (store: Store) => Result): Result {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

/** Everything but the seconds. */
function essence(workspace: string, stage: string) {
  return reading(workspace, (store) => ({
    searches: [...store.searches.iterate(stage)].map(({ seconds: _, shardId: __, ...row }) => row),
    paths: [...store.candidates.iterate(stage)].map(({ file: _, row: __, ...path }) => path),
    verdicts: [...store.candidates.iterate(stage)].map(({ id }) => store.verdicts.ofCandidate(id)),
  }));
}

describe("a search used alone", () => {
  test("stores every path, cut ones too, with the verdicts and what it cost", async () => {
    const { options, request } = setUp();
    const { stage } = await search(request({ kind: "parm" }), options);
    const { searches, paths, verdicts } = essence(options.workspace, stage.id);
    expect(searches).toHaveLength(6);
    expect(paths).toHaveLength(30);
    const cut = paths.filter(({ status }) => status === "dropped");
    expect(cut.length).toBeGreaterThan(3);
    expect(cut.every(({ reason }) => /^potential 0\.\d{4} is below 0.5 at step \d$/.test(reason))).toBe(true);
    const sum = (of: (row: (typeof searches)[number]) => number) =>
      searches.reduce((total, row) => total + of(row), 0);
    expect(sum(({ nfe }) => nfe)).toBe(paths.reduce((total, { nfe }) => total + (nfe as number), 0));
    expect(sum(({ judgeCalls }) => judgeCalls)).toBe(verdicts.flat().length);
    const failed = verdicts.flat().filter(({ verdict }) => verdict.kind === "failed");
    expect(failed.length).toBeGreaterThan(0);
    expect(stage.summary).toMatchObject({
      searches: 6,
      paths: 30,
      cut: cut.length,
      failedVerdicts: failed.length,
    });
  });

  test("is stopped in the middle and goes on: the same candidates, verdicts and choices", async () => {
    for (const kind of ["parm", "parm-plus-plus", "prm", "over-paths", "zero-order"]) {
      const whole = setUp();
      const { stage } = await search(whole.request({ kind }), { ...whole.options, config: small(whole) });
      const broken = setUp();
      const controller = new AbortController();
      let reports = 0;
      const advance = () => {
        reports += 1;
        if (reports === 4) controller.abort(new Error("stopped by the test"));
      };
      const progress = new FakeProgress({ advance });
      const options = { ...broken.options, config: small(broken) };
      const stopped = search(broken.request({ kind }), { ...options, progress, signal: controller.signal });
      await expect(stopped).rejects.toThrow("stopped by the test");
      const again = await search(broken.request({ kind }), options);
      expect(again.stage.id).toBe(stage.id);
      expect(essence(broken.options.workspace, stage.id)).toEqual(essence(whole.options.workspace, stage.id));
    }
  });

  test("refuses a judge that cannot answer before anything is sampled", async () => {
    const { options, request, folder } = setUp();
    const family = gradedFamily([0.5]);
    const searching = search(request({ kind: "parm" }), { ...options, family });
    await expect(searching).rejects.toThrow(ConfigError);
    await expect(searching).rejects.toThrow(/answers outcome, not clarity and potential/);
    expect(existsSync(join(folder, "workspace"))).toBe(false);
  });
});

describe("a trace", () => {
  test.each(["parm", "parm-plus-plus", "prm", "zero-order", "over-paths", "orm"])(
    "of %s shows every path as a tree, with what was said at each step",
    async (kind) => {
      const { options, request } = setUp();
      const { stage, trace } = await search(request({ kind }, true), options);
      const page = readFileSync(trace as string, "utf8");
      const { searches, paths, verdicts } = essence(options.workspace, stage.id);
      const count = (pattern: RegExp) => [...page.matchAll(pattern)].length;
      expect(count(/<section>/g)).toBe(searches.length);
      expect(count(/<tr class="/g)).toBe(paths.length);
      expect(count(/<tr class="chosen/g)).toBe(searches.filter(({ chosenId }) => chosenId !== null).length);
      expect(count(/<small class="[no]*">(clarity|potential|outcome|process|reflection) /g)).toBe(
        verdicts.flat().length,
      );
      expect(count(/✂ /g)).toBe(paths.filter(({ status }) => status === "dropped").length);
      expect(count(/↳ /g)).toBe(paths.filter(({ forks }) => forks !== undefined).length);
      const asked = verdicts.flatMap((said, index) => [
        ...new Set([...said.map(({ step }) => step), paths[index]?.steps]),
      ]);
      expect(count(/<img src="data:image\/png;base64,/g)).toBe(asked.length);
      expect(page).not.toMatch(/<script|https?:/);
    },
  );

  test("shows nothing that another search asked of the same paths", async () => {
    const { options, request } = setUp();
    const shown = async () => {
      const { trace } = await search(request({ kind: "over-paths", every: 2 }, true), options);
      return [...readFileSync(trace as string, "utf8").matchAll(/<small class="[no]*">[^<]*/g)].join();
    };
    const alone = await shown();
    await search(request({ kind: "prm", question: "outcome" }), options);
    await search(request({ kind: "over-paths", every: 1 }), options);
    expect(await shown()).toBe(alone);
  });

  test("is drawn for a search that was done before without one", async () => {
    const { options, request } = setUp();
    const first = await search(request({ kind: "parm" }), options);
    expect(first.trace).toBeNull();
    const { stage, trace } = await search(request({ kind: "parm" }, true), options);
    expect(stage.id).toBe(first.stage.id);
    expect(trace).toContain(`trace-${stage.id}.html`);
  });
});

/** Two searches a shard. */
function small({ options }: ReturnType<typeof setUp>) {
  return { ...options.config, shardImages: 10 };
}
