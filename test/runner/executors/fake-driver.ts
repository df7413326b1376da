import { existsSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { TrainRequest } from "../../../src/adapters/python/index.js";
import { JournalReader, JournalWriter } from "../../../src/adapters/ray/index.js";
import type { Receipt, ShardTask } from "../../../src/runner/executors/task.js";
import { workShards } from "../../../src/runner/worker/work-shards.js";
import type { Submission } from "../../adapters/ray/jobs-server.js";
import { relabelled } from "../tiny-run.js";

/** What becomes of a task: computed, cut short on its way, failed, or the driver dies of it. */
export type Fate = "computed" | "truncated" | "failed" | "dies";

interface Order {
  readonly task?: ShardTask;
  readonly train?: { readonly id: string; readonly attempt: number; readonly request: TrainRequest };
  readonly end?: true;
}

/** The driver of a job in this process: real shards, with faults put between. Ends with the order that says so. */
export class FakeDriver {
  readonly tasks: ShardTask[] = [];
  #isDead = false;

  constructor(
    readonly fate: (task: ShardTask, count: number) => Fate,
    readonly onDeath: (submission: Submission) => void = () => undefined,
    /** Waited for before a task is computed. */
    readonly before: (task: ShardTask) => Promise<void> = async () => undefined,
  ) {}

  /** As when its job is stopped. */
  stop(): void {
    this.#isDead = true;
  }

  /** Follows the orders of a submitted job. */
  async drive(submission: Submission): Promise<void> {
    const folder = /'(.*)'$/.exec(submission.entrypoint)?.[1] as string;
    const orders = new JournalReader(join(folder, "orders.jsonl"));
    const receipts = new JournalWriter(join(folder, "receipts.jsonl"));
    receipts.append({ workers: 1, room: 1 });
    this.#isDead = false;
    const signal = new AbortController().signal;
    await workShards(this.#lines(orders, receipts, submission), (line) => this.#deliver(line, receipts), {
      threads: 1,
      signal,
    });
  }

  async *#lines(
    orders: JournalReader,
    receipts: JournalWriter,
    submission: Submission,
  ): AsyncGenerator<string> {
    while (!this.#isDead) {
      for (const order of orders.read() as Order[]) {
        if (order.end || this.#isDead) return;
        if (order.train) await trained(order.train, receipts);
        if (order.task === undefined) continue;
        this.tasks.push(order.task);
        if (this.fate(order.task, this.tasks.length) === "dies") {
          this.#isDead = true;
          this.onDeath(submission);
          return;
        }
        await this.before(order.task);
        yield JSON.stringify(order.task);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #deliver(line: string, receipts: JournalWriter): void {
    const receipt = JSON.parse(line) as Receipt;
    const task = this.tasks.at(-1) as ShardTask;
    const fate = this.fate(task, this.tasks.length);
    const file = join(task.workspace, task.output);
    if (fate === "truncated" && existsSync(file)) truncateSync(file, 400);
    const { id, attempt, worker, seconds } = receipt;
    const failed = { id, attempt, worker, seconds, fault: "Error: out of memory" };
    receipts.append({ receipt: fate === "failed" ? failed : receipt });
  }
}

/** Trains by relabelling, and tells of it as the processes of a real training do. */
async function trained({ id, attempt, request }: NonNullable<Order["train"]>, receipts: JournalWriter) {
  const { identity, steps, folder } = await relabelled(request);
  const line = JSON.stringify({ event: "train-end", step: steps, folder, identity });
  receipts.append({ line, id, attempt });
  receipts.append({ trained: { code: 0, log: [], starts: 1 }, id, attempt });
}
