import { expect, test } from "vitest";
import type { DeskView } from "../../src/stages/review/desk.js";
import { reviewWorkspace } from "../stages/review/review-workspace.js";
import { type ReviewProcess, startReview } from "./review-process.js";

async function view({ url }: ReviewProcess, query = ""): Promise<DeskView> {
  return (await fetch(`${url}view${query}`)).json() as Promise<DeskView>;
}

async function answer({ url }: ReviewProcess, seen: DeskView, said: string): Promise<DeskView> {
  const body = JSON.stringify({
    reviewer: seen.reviewer,
    after: seen.last,
    pair: seen.pair?.id,
    answer: said,
  });
  const headers = { "content-type": "application/json", origin: new URL(url).origin };
  const response = await fetch(`${url}answer`, { method: "POST", headers, body });
  expect(response.status).toBe(200);
  return response.json() as Promise<DeskView>;
}

test("answers survive a kill at once, a restart goes on after them, and Ctrl-C ends with the agreement", async () => {
  const { root, store, pairs, rows } = await reviewWorkspace();
  store.close();
  const first = await startReview(root, pairs.id.slice(0, 6), "--reviewer", "ann");
  const before = await answer(first, await view(first), "left");
  first.child.kill("SIGKILL");
  expect((await first.ended).code).toBeNull();

  const second = await startReview(root, pairs.id, "--reviewer", "ben", "--json");
  expect(second.url).not.toBe(first.url);
  const after = await view(second, "?reviewer=ann");
  expect(after).toEqual(before);
  await answer(second, after, "tie");
  await answer(second, await view(second), "left");
  second.child.kill("SIGINT");
  const { output, code } = await second.ended;
  expect(code).toBe(0);
  const report = JSON.parse(output) as Record<string, unknown>;
  expect(report).toMatchObject({ stage: pairs.id, pairs: rows.length, reviewed: 2 });
  expect(report["reviewers"]).toMatchObject([
    { name: "ann", answers: 2, ties: 1 },
    { name: "ben", answers: 1 },
  ]);
}, 120_000);
