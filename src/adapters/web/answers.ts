import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { LocalAnswer } from "./local-route.js";
import { pagePolicy } from "./page-policy.js";

/** A route's answer as HTTP has it. */
export function answered(asked: Context, answer: LocalAnswer): Response | Promise<Response> {
  if (answer === undefined) return asked.notFound();
  if ("page" in answer) {
    return asked.html(answer.page, 200, { "content-security-policy": pagePolicy(answer.page) });
  }
  if ("image" in answer) {
    return asked.body(Uint8Array.from(answer.image), 200, { "content-type": `image/${answer.format}` });
  }
  if ("events" in answer) return eventStream(asked, answer.events);
  return asked.json(answer.json as object, answer.status ?? 200);
}

function eventStream(
  asked: Context,
  events: Extract<NonNullable<LocalAnswer>, { events: unknown }>["events"],
): Response {
  return streamSSE(asked, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    for await (const { name, data } of events(gone.signal)) {
      if (gone.signal.aborted) return;
      await stream.writeSSE({ event: name, data: JSON.stringify(data) });
    }
  });
}
