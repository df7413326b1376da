import { createHash } from "node:crypto";
import { onTestFinished } from "vitest";
import { NOTHING_SPENT } from "../../src/adapters/store/index.js";
import { type CalledJudgeConfig, freezeJudge } from "../../src/config/schema/judges.js";
import type { Answers } from "../../src/judges/calling/remembered.js";
import { type JudgeOptions, openCalledJudge } from "../../src/judges/open-judge.js";
import type { ImageHandle } from "../../src/records/image.js";
import type { Judge, JudgeItem } from "../../src/records/seams.js";
import { type JudgeServer, judgeServer } from "../fixtures/judges/judge-server.js";

/** A picture of one colour; each `shade` is another one. */
export function picture(shade: number, side = 8): ImageHandle {
  const data = new Uint8Array(side * side * 3).fill(shade);
  return { pixels: async () => ({ width: side, height: side, data }) };
}

export function item(shade: number, text = "a red star"): JudgeItem {
  return {
    prompt: { id: createHash("sha256").update(text).digest("hex").slice(0, 16), text },
    image: picture(shade),
  };
}

type Kept = Parameters<Answers["keep"]>[0];

/** Answers in memory, as the ledger keeps them. */
export function memory(): Answers & { readonly rows: Map<string, Kept> } {
  const rows = new Map<string, Kept>();
  return {
    rows,
    find: (judge, key) => rows.get(`${judge} ${key}`)?.answer,
    keep: async (row) => {
      const before = rows.get(`${row.judge} ${row.key}`) ?? NOTHING_SPENT;
      const sum = { calls: before.calls + row.calls, cost: before.cost + row.cost };
      rows.set(`${row.judge} ${row.key}`, { ...row, ...sum } as Kept);
    },
    spent: () => {
      const all = [...rows.values()];
      const total = (key: "calls" | "inputTokens" | "outputTokens" | "cost") =>
        all.reduce((sum, row) => sum + row[key], 0);
      const failed = all.filter(({ reason }) => reason !== undefined).length;
      return {
        ...{ answers: all.length - failed, failed, calls: total("calls"), cost: total("cost") },
        ...{ inputTokens: total("inputTokens"), outputTokens: total("outputTokens") },
      };
    },
  };
}

/** A server that lives as long as the test. */
export async function served(...given: Parameters<typeof judgeServer>): Promise<JudgeServer> {
  const server = await judgeServer(...given);
  onTestFinished(() => server.close());
  return server;
}

/** An HTTP judge that waits for nothing longer than it must. */
export function httpJudge(
  url: string,
  settings: object = {},
  options: Partial<JudgeOptions> = {},
): Judge & Required<Pick<Judge, "compare">> {
  const quick = { pause: 0.001, timeout: 5, attempts: 3 };
  const config = freezeJudge({ kind: "http", url, model: "eyes", ...quick, ...settings }, "eyes", "the test");
  return openCalledJudge(config as CalledJudgeConfig, {
    answers: memory(),
    environment: {},
    ...options,
  }) as Judge & Required<Pick<Judge, "compare">>;
}
