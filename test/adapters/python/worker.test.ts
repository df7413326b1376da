import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runTraining, type WorkerEvent, type WorkerOptions } from "../../../src/adapters/python/index.js";
import { ConfigError, TrainerError } from "../../../src/errors.js";

const program = (name: string, ...rest: string[]) => [
  process.execPath,
  fileURLToPath(new URL(`../../fixtures/python/${name}.mjs`, import.meta.url)),
  ...rest,
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-worker-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const train = (command: readonly string[], options: WorkerOptions = {}) =>
  runTraining(
    { request: "train", pairs: ["pairs.arrow"], generator: "base", out: join(folder, "out") },
    { command, logFile: join(folder, "logs", "train.log"), ...options },
  );

const failure = async (run: Promise<unknown>): Promise<Error> => {
  const found = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(found instanceof Error)) throw new Error("expected a failure");
  return found;
};

describe("a worker that succeeds", () => {
  it("gives its checkpoint, its events in order, and its prose in the log", async () => {
    const events: WorkerEvent[] = [];
    const trained = await train(program("succeeds"), { onEvent: (event) => events.push(event) });
    expect(trained).toMatchObject({ folder: join(folder, "out"), steps: 2 });
    expect(trained.identity).toMatch(/^[0-9a-f]{64}$/);
    expect(events.map((event) => event.event)).toEqual(["train-start", "step-end", "step-end", "train-end"]);
    expect(readFileSync(join(folder, "logs", "train.log"), "utf8")).toBe("loading the generator\n");
  });

  it("appends to the log of an earlier run", async () => {
    await train(program("succeeds"));
    await train(program("succeeds"));
    expect(readFileSync(join(folder, "logs", "train.log"), "utf8").split("\n")).toHaveLength(3);
  });

  it("hands on what a listener throws, after ending the worker", async () => {
    const own = new Error("disk full");
    const listener = () => {
      throw own;
    };
    expect(await failure(train(program("hangs", "gentle"), { onEvent: listener }))).toBe(own);
  });
});

describe("a worker that fails", () => {
  it("that dies half-way becomes one error with command, exit code, last event, last lines and log", async () => {
    const error = await failure(train(program("dies-half-way")));
    expect(error).toBeInstanceOf(TrainerError);
    expect(error.message).toContain("it ended before its work was done");
    expect(error.message).toContain("dies-half-way.mjs");
    expect(error.message).toContain("exit: code 9");
    expect(error.message).toContain("last event: step-end (step 12)");
    expect(error.message).toContain(join(folder, "logs", "train.log"));
    expect(error.message).toContain("log line 11\n");
    expect(error.message).toContain("log line 30");
    expect(error.message).not.toContain("log line 10\n");
  });

  it("tells the message of its error event", async () => {
    const error = await failure(train(program("refuses", "work")));
    expect(error).toBeInstanceOf(TrainerError);
    expect(error.message).toContain("RuntimeError: out of memory");
    expect(error.message).toContain("last event: train-start (step 0)");
  });

  it("that refuses the request is the user's error, in the worker's own words", async () => {
    const error = await failure(train(program("refuses", "request")));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toBe("beta must be at least 1e-09, got -1");
  });

  it("that does not exist is named", async () => {
    const error = await failure(train(["/nowhere/python"]));
    expect(error).toBeInstanceOf(TrainerError);
    expect(error.message).toContain("it did not start");
    expect(error.message).toContain("/nowhere/python");
  });
});

describe("a worker that lies", () => {
  it.each([
    ["bad-json", "a line that is not JSON: Epoch 1: loss 0.69"],
    ["unknown-event", "breaks the protocol"],
    ["missing-field", "loss: "],
    ["no-end", 'claimed success without the event "train-end"'],
    ["no-checkpoint", "claimed success, but there is no"],
    ["wrong-identity", "claimed the identity cdcd"],
    ["changed-weights", "should have the sha256"],
    ["other-folder", "but was asked for"],
  ])("by %s is refused", async (lie, message) => {
    const error = await failure(train(program("lies", lie)));
    expect(error).toBeInstanceOf(TrainerError);
    expect(error.message).toContain(message);
  });
});

describe("a worker that hangs", () => {
  it("is ended with SIGTERM after the time allowed", async () => {
    const error = await failure(train(program("hangs", "gentle"), { quietSeconds: 1 }));
    expect(error.message).toContain("it was silent for 1 seconds and was ended");
    expect(error.message).toContain("exit: signal SIGTERM");
    expect(isAlive(processIn(error.message))).toBe(false);
  });

  it("and does not hear SIGTERM is ended with SIGKILL", async () => {
    const error = await failure(train(program("hangs", "deaf"), { quietSeconds: 1, graceSeconds: 0.5 }));
    expect(error.message).toContain("SIGTERM ignored");
    expect(error.message).toContain("exit: signal SIGKILL");
    expect(isAlive(processIn(error.message))).toBe(false);
  });
});

describe("an abort", () => {
  it("lets the worker save and end, then throws the signal's reason", async () => {
    const controller = new AbortController();
    const events: WorkerEvent[] = [];
    const reason = new Error("the user pressed Ctrl-C");
    const onEvent = (event: WorkerEvent) => {
      events.push(event);
      if (event.event === "step-end" && event.step === 3) controller.abort(reason);
    };
    const error = await failure(train(program("stops-cleanly"), { signal: controller.signal, onEvent }));
    expect(error).toBe(reason);
    expect(events.slice(-2).map((event) => event.event)).toEqual(["checkpoint-end", "stop-end"]);
  });

  it("before the start starts nothing", async () => {
    const reason = new Error("stopped");
    expect(await failure(train(["/nowhere/python"], { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

function processIn(message: string): number {
  return Number(/process (\d+)/.exec(message)?.[1]);
}

function isAlive(process_: number): boolean {
  try {
    return process.kill(process_, 0);
  } catch {
    return false;
  }
}
