import { createInterface } from "node:readline";
import { execa } from "execa";
import { parseEvent, type TrainRequest, workerCommand } from "../../../src/adapters/python/index.js";
import type { Family } from "../../../src/families/family.js";

/** Trains in one worker process after another request has ended, which saves starting torch for every training. */
export function openLastingTrainer(): { readonly train: Family["train"]; close(): Promise<void> } {
  const [program = "", ...programArguments] = workerCommand();
  const worker = execa(program, programArguments, { buffer: false, reject: false, stderr: "ignore" });
  const lines = createInterface({ input: worker.stdout })[Symbol.asyncIterator]();
  return {
    train: async (request: TrainRequest, options = {}) => {
      worker.stdin.write(`${JSON.stringify(request)}\n`);
      for (;;) {
        const { done, value } = await lines.next();
        if (done) throw new Error("The trainer ended before its training did.");
        const event = parseEvent(value);
        options.onEvent?.(event);
        if (event.event === "error") throw new Error(`The trainer failed: ${event.message}`);
        if (event.event !== "train-end") continue;
        return { folder: event.folder, identity: event.identity, steps: event.step };
      }
    },
    close: async () => {
      worker.stdin.end();
      await worker;
    },
  };
}
