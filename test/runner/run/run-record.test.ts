import { expect, test } from "vitest";
import type { Store } from "../../../src/adapters/store/index.js";
import { freezeConfig } from "../../../src/config/freeze-config.js";
import { type RunRecord, refuseOtherSettings } from "../../../src/runner/run/run-record.js";

function recordOf(round: object = {}): RunRecord {
  const { execution: _execution, ...settings } = freezeConfig({ name: "run", round, rounds: 1 });
  return { settings, inputs: {} };
}

/** A ledger that holds one run. */
function holding(config: unknown): Store {
  return { runs: { find: () => ({ configHash: "earlier", config }) }, workspace: { root: "w" } } as never;
}

test("a run from before judges were tuned and draws balanced goes on, unless it is to do either now", () => {
  const before = structuredClone(recordOf()) as unknown as {
    settings: { rounds: { judge?: object; training: { balance?: string } }[] };
  };
  for (const round of before.settings.rounds) {
    delete round.judge;
    delete round.training.balance;
  }
  expect(() => refuseOtherSettings(holding(before), recordOf())).not.toThrow();
  const balanced = recordOf({ training: { balance: "task" } });
  expect(() => refuseOtherSettings(holding(before), balanced)).toThrow(
    /rounds\[0\]\.training\.balance: was absent, now "task"/,
  );
  const tuned = recordOf({ judge: { tune: {} } });
  expect(() => refuseOtherSettings(holding(before), tuned)).toThrow(/rounds\[0\]\.judge: was absent/);
});

test("a run goes on with other processes, as its trainer does, and not with another beta", () => {
  const before = recordOf({ training: { processes: 4 } });
  expect(() => refuseOtherSettings(holding(before), recordOf({ training: { processes: 2 } }))).not.toThrow();
  expect(() => refuseOtherSettings(holding(before), recordOf({ training: { beta: 0.2 } }))).toThrow(
    /rounds\[0\]\.training\.beta/,
  );
});
