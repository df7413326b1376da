import { expect, test } from "vitest";
import { queryLedger, type Store } from "../../../../src/adapters/store/index.js";
import { scoresOfStage } from "../../../../src/runner/inspection/look-into-candidates.js";
import { randomStream } from "../../../../src/statistics/random.js";
import { candidate, openStage, placeFile, storeCandidates, temporaryStore } from "../workspace.js";

/** What the tallies must say: every verdict looked up and counted. */
const counted = (stage: string) => `
  SELECT judge, question, CASE WHEN kind = 'scored' THEN min(9, CAST(score * 10 AS INTEGER)) END, count(*)
  FROM shards JOIN candidate_rows ON shard_id = shards.id JOIN verdicts USING (candidate_id)
  WHERE stage_id = '${stage}' GROUP BY 1, 2, 3`;

function give(store: Store, stage: string, shard: number, numbers: readonly number[], random: () => number) {
  store.shards.commit(stage, shard, { rows: numbers.length }, (writer) =>
    writer.verdicts(
      numbers.map((number) => ({
        ...{ candidateId: candidate(number).id, judge: `judge-${number % 2}`, question: "outcome" as const },
        step: 12,
        verdict:
          random() < 0.2
            ? { kind: "failed" as const, reason: "silent" }
            : { kind: "scored" as const, score: Math.round(random() * 20) / 20 },
      })),
    ),
  );
}

test("verdicts are tallied as they are given, given again, and as shards come and go", () => {
  const store = temporaryStore();
  const [one, two, scores] = ["one", "two", "scores"].map((name) =>
    openStage(store, name === "scores" ? "scores" : "candidates", name),
  ) as [ReturnType<typeof openStage>, ReturnType<typeof openStage>, ReturnType<typeof openStage>];
  const stream = randomStream(3);
  const random = () => stream.uniform();
  const check = () => {
    for (const { id } of [one, two]) {
      const asked = (sql: string) => queryLedger(store.workspace, sql, 1000).rows;
      expect(asked(scoresOfStage(id))).toEqual(asked(counted(id)));
    }
    return queryLedger(store.workspace, scoresOfStage(one.id), 1000).rows.length;
  };
  storeCandidates(store, one, 0, [0, 1, 2, 3, 4, 5].map(candidate));
  give(store, scores.id, 0, [0, 1, 2, 3, 4, 5], random);
  expect(check()).toBeGreaterThan(2);
  // Candidates that were judged before are placed in another stage as well, and judged again in both.
  storeCandidates(store, two, 0, [4, 5, 6].map(candidate));
  check();
  for (let again = 0; again < 5; again++) give(store, scores.id, again, [0, 4, 5, 6], random);
  check();
  store.shards.forget(one.id, 0);
  expect(check()).toBe(0);
  store.shards.commit(one.id, 0, placeFile(store, one, 0, 2), (writer) =>
    writer.candidates([5, 0].map(candidate)),
  );
  expect(check()).toBeGreaterThan(0);
});
