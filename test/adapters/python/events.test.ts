import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseEvent, workerEventSchema } from "../../../src/adapters/python/events.js";
import {
  exportRequest,
  judgeTrainRequest,
  probeRequest,
  trainRequest,
} from "../../../src/adapters/python/requests.js";
import { serveRequestSchema } from "../../../src/adapters/python/serve-requests.js";

const lines = (name: string) =>
  readFileSync(new URL(`../../contract/${name}`, import.meta.url), "utf8")
    .trim()
    .split("\n");

describe("the event stream both languages share", () => {
  it("parses, and holds every event there is", () => {
    const found = lines("events.jsonl").map((line) => parseEvent(line).event);
    const known = workerEventSchema.options.map((option) => option.shape.event.value);
    expect(new Set(found)).toEqual(new Set(known));
  });

  it.each(lines("events.jsonl").map((line) => [JSON.parse(line).event as string, line]))(
    "refuses %s when a field is missing or unknown",
    (_, line) => {
      const event = JSON.parse(line) as Record<string, unknown>;
      for (const field of Object.keys(event)) {
        const { [field]: _dropped, ...rest } = event;
        expect(() => parseEvent(JSON.stringify(rest)), field).toThrow();
      }
      expect(() => parseEvent(JSON.stringify({ ...event, surprise: 1 }))).toThrow(/surprise/);
    },
  );

  it("takes the measures that only some steps have", () => {
    const step = lines("events.jsonl").find((line) => line.includes("step-end")) as string;
    const measures = { entropy: 3.1, mean_token_accuracy: 0.2, "logits/chosen": -1, "guidance/score": 0.7 };
    expect(parseEvent(JSON.stringify({ ...JSON.parse(step), ...measures }))).toMatchObject(measures);
  });

  it("has null where Python lost a number", () => {
    const lost = lines("events.jsonl")
      .map(parseEvent)
      .find((event) => "grad_norm" in event && event.grad_norm === null);
    expect(lost?.event).toBe("step-end");
  });
});

describe("the requests both languages share", () => {
  const parsed = lines("requests.jsonl").map((line) => JSON.parse(line) as Record<string, unknown>);
  const [, train, , , , judge] = parsed;

  it("are what the schemas take, unknown fields refused", () => {
    const schemas = [trainRequest, trainRequest, exportRequest, probeRequest, null, judgeTrainRequest];
    for (const [index, schema] of schemas.entries())
      expect(schema?.parse(parsed[index]) ?? null).toBeDefined();
    expect(() => trainRequest.parse({ ...train, surprise: 1 })).toThrow(/surprise/);
  });

  it("name every field of a training, and of a judge's", () => {
    expect(Object.keys(train ?? {}).sort()).toEqual(Object.keys(trainRequest.shape).sort());
    expect(Object.keys(judge ?? {}).sort()).toEqual(Object.keys(judgeTrainRequest.shape).sort());
  });

  it("are what a serving worker takes", () => {
    const asked = lines("serve-requests.jsonl").map((line) => serveRequestSchema.parse(JSON.parse(line)));
    const known = serveRequestSchema.options.map((option) => option.shape.request.value);
    expect(new Set(asked.map((one) => one.request))).toEqual(new Set(known));
  });
});
