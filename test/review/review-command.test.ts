import { connect } from "node:net";
import { expect, test } from "vitest";
import type { ReviewView } from "../../src/stages/review/review-session.js";
import { reviewWorkspace } from "../stages/review/review-workspace.js";
import { type ReviewProcess, startReview } from "./review-process.js";

async function view({ url }: ReviewProcess, query = ""): Promise<ReviewView> {
  return (await fetch(`${url}view${query}`)).json() as Promise<ReviewView>;
}

async function answer({ url }: ReviewProcess, seen: ReviewView, said: string): Promise<ReviewView> {
  const body = JSON.stringify({
    reviewer: seen.reviewer,
    after: seen.last,
    pair: seen.pair?.id,
    answer: said,
  });
  const headers = { "content-type": "application/json", origin: new URL(url).origin };
  const response = await fetch(`${url}answer`, { method: "POST", headers, body });
  expect(response.status).toBe(200);
  return response.json() as Promise<ReviewView>;
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

test("Ctrl-C ends a review within seconds, whatever a client did: too much, half a request, gone in the middle", async () => {
  const { root, store, pairs } = await reviewWorkspace();
  store.close();
  const review = await startReview(root, pairs.id, "--reviewer", "ann");
  const { port, origin, host } = new URL(review.url);
  const headers = { "content-type": "application/json", origin };
  const large = fetch(`${review.url}answer`, { method: "POST", headers, body: "x".repeat(30_000_000) });
  const answered = await large.then(({ status }) => status).catch(() => "cut");
  expect([413, "cut"]).toContain(answered);
  const head = `POST ${new URL(review.url).pathname}answer HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\n`;
  const half = `${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"half"`;
  const gone = connect(Number(port), "127.0.0.1");
  await new Promise((sent) => gone.write(half, sent));
  gone.destroy();
  const open = connect(Number(port), "127.0.0.1").on("error", () => undefined);
  await new Promise((sent) => open.write(half, sent));
  await view(review);
  const begun = performance.now();
  review.child.kill("SIGINT");
  const { output, errors, code } = await review.ended;
  open.destroy();
  expect({ code, stack: /\n\s+at /.test(errors) }).toEqual({ code: 0, stack: false });
  expect(output).toContain(pairs.id);
  expect(performance.now() - begun).toBeLessThan(10_000);
}, 120_000);
