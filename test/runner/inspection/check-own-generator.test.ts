import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import type { Check } from "../../../src/machine/machine-checks.js";
import { runLine } from "../../commands/surroundings.js";

const PAGE = fileURLToPath(new URL("../../../docs/own-generators.md", import.meta.url));
const MINUTES = 60_000;

/** Its noise does not come from the seed alone, its pictures see their company, and its states change. */
const BAD = `import pathlib
import numpy as np

LOADED = pathlib.Path(__file__).with_suffix(".loaded")
LOADED.write_text((LOADED.read_text() if LOADED.exists() else "") + "x")
NOISE = 40 * len(LOADED.read_text())

class Bad:
    def __init__(self, settings): pass
    def open(self, prompts, seeds):
        return [np.full((4, 4, 3), seed + NOISE) for seed in seeds]
    def advance(self, states):
        for state in states: state += len(states)
        return states
    def preview(self, states): return [np.uint8(one % 256) for one in states]
    def finish(self, states): return self.preview(states)
    def fork(self, state, step, earlier, seed, share): return state
`;

const folder = mkdtempSync(join(tmpdir(), "espalier-doctor-family-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const asked = async (place: string) => {
  const { code, out, errors } = await runLine(`doctor --family ${place} --json`);
  const { checks = [] } = (out === "" ? {} : JSON.parse(out)) as { checks?: readonly Check[] };
  return { code, errors, states: Object.fromEntries(checks.map(({ name, state }) => [name, state])), checks };
};

it(
  "finds nothing against the documentation's generator, and every fault of one that has them all",
  async () => {
    const [, code = ""] = /```python\n(.*?)```/s.exec(readFileSync(PAGE, "utf8")) ?? [];
    writeFileSync(join(folder, "blots.py"), code);
    writeFileSync(join(folder, "bad.py"), BAD);
    const good = await asked(`${join(folder, "blots.py")}:Blots`);
    const names = ["loads", "pictures", "the same again", "the same elsewhere", "seeds", "company", "states"];
    expect(good.states).toEqual(Object.fromEntries(names.map((name) => [name, "ok"])));
    expect(good.code).toBe(0);
    const bad = await asked(`${join(folder, "bad.py")}:Bad`);
    expect(bad.code).toBe(2);
    const wrong = ["the same elsewhere", "company", "states"];
    expect(names.filter((name) => bad.states[name] === "missing")).toEqual(wrong);
    for (const { state, cure } of bad.checks) expect(cure === "").toBe(state === "ok");
    const lost = await asked(`${join(folder, "bad.py")}:Worse`);
    expect(lost.checks).toMatchObject([{ name: "loads", state: "missing" }]);
    expect((await asked("bad.py")).errors).toContain("Expected --family to be FILE.py:FACTORY");
  },
  10 * MINUTES,
);
