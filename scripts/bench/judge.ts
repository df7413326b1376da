/**
 * Calls a second of an HTTP judge against a server that answers after 50 ms, at 1, 8 and 64 calls together, every answer kept in a
 * ledger; and what a call takes beside a bare `fetch` of the same body. The last line is one JSON object: `overhead_ms` a call, `efficiency_64`,
 * the share of what 64 calls together could reach at most, and `of_bare_64`, how many times the rate of 64 bare fetches together that is: the figure
 * that a busy machine leaves as it is. Half a minute.
 *
 *   npm run bench:judge -- [--seconds N]
 */
import "../explain-faults.js";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { encodePng } from "../../src/adapters/images/index.js";
import { openStore } from "../../src/adapters/store/index.js";
import { freezeJudge, type HttpJudgeConfig } from "../../src/config/schema/judges.js";
import { encodedImage } from "../../src/judges/audit/label-sets.js";
import { chatBody } from "../../src/judges/http/chat-body.js";
import { openCalledJudge } from "../../src/judges/open-judge.js";
import { workspacePaths } from "../../src/paths.js";
import { promptId } from "../../src/records/prompt.js";
import type { JudgeItem } from "../../src/records/seams.js";
import { rounded } from "../rounded.js";
import { slowServer } from "./judge/slow-server.js";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "10" } } });
const ANSWER_MILLISECONDS = 50;
/** Pictures as they were brought are sent as they are: encoding others takes sharp half a millisecond each, beside the calls. */
const PNG = await encodePng({
  width: 64,
  height: 64,
  data: new Uint8Array(64 * 64 * 3).map((_, at) => (at * 7) & 255),
});

const folder = mkdtempSync(join(tmpdir(), "espalier-bench-judge-"));
const store = openStore(workspacePaths(folder));
const server = await slowServer(ANSWER_MILLISECONDS);
try {
  const bare = (await bareCalls(1, 20)) / 20;
  const efficiencies = new Map<number, number>();
  let [alone, ofBare] = [0, 0];
  for (const together of [1, 8, 64]) {
    const count = Math.ceil((Number(values.seconds) * 1000 * together) / ANSWER_MILLISECONDS);
    const milliseconds = await asked(together, count);
    const efficiency = (count * ANSWER_MILLISECONDS) / together / milliseconds;
    efficiencies.set(together, efficiency);
    if (together === 1) alone = milliseconds / count;
    const plain = await bareCalls(together, count);
    ofBare = plain / milliseconds;
    const [rate, other] = [milliseconds, plain].map((one) => ((1000 * count) / one).toFixed(1));
    const share = (100 * efficiency).toFixed(1);
    console.log(
      `${together} together: ${rate} calls/s, ${share}% of the most there can be; bare fetches ${other}`,
    );
  }
  console.log(`a call alone: ${alone.toFixed(2)} ms, a bare fetch of the same body ${bare.toFixed(2)} ms`);
  console.log(
    JSON.stringify({
      overhead_ms: rounded(alone - bare),
      efficiency_64: rounded(efficiencies.get(64) as number),
      of_bare_64: rounded(ofBare),
    }),
  );
} finally {
  await server.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
}

function settings(together: number): HttpJudgeConfig {
  // The size of the pictures decides, so that no measurement finds the answers of another.
  const own = {
    imageSide: 1000 + together,
    concurrency: together,
    prices: { input: 1, output: 1 },
    budget: { money: 1000 },
  };
  const judge = { kind: "http", url: server.url, model: "slow", ...own };
  return freezeJudge(judge, "slow", "the benchmark") as HttpJudgeConfig;
}

/** Milliseconds for so many new questions. */
async function asked(together: number, count: number): Promise<number> {
  const judge = openCalledJudge(settings(together), { answers: store.answers });
  // The first call finds out what the server can, on its own.
  await judge.ask("outcome", [item(-1)]);
  const items = Array.from({ length: count }, (_, index) => item(index));
  const begun = performance.now();
  const verdicts = await judge.ask("outcome", items);
  const milliseconds = performance.now() - begun;
  if (verdicts.some(({ kind }) => kind !== "scored"))
    throw new Error(`A verdict failed: ${JSON.stringify(verdicts[0])}`);
  return milliseconds;
}

/** Milliseconds for plain calls with nothing around them, so many together. */
async function bareCalls(together: number, count: number): Promise<number> {
  const talk = { turns: ["{image}\nYes or no?"], images: [{ place: "{image}", image: item(0).image }] };
  const limits = { tokens: 4, temperature: 0, logprobs: true };
  const body = JSON.stringify(await chatBody(settings(1), talk, limits));
  const headers = { "content-type": "application/json" };
  const once = async () =>
    (await fetch(`${server.url}/chat/completions`, { method: "POST", headers, body })).json();
  await once();
  const begun = performance.now();
  let left = count;
  const one = async () => {
    while (left-- > 0) await once();
  };
  await Promise.all(Array.from({ length: together }, one));
  return performance.now() - begun;
}

function item(index: number): JudgeItem {
  const text = `a picture ${index}`;
  return {
    prompt: { id: promptId(text), text },
    image: encodedImage(PNG),
  };
}
