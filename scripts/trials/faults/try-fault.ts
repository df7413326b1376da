import { join } from "node:path";
import { type Ended, runCommand, type StartOptions, startCommand } from "../command.js";
import { complaintsOf } from "../complaints.js";
import { changedTables, dumpLedger } from "../ledger.js";
import { copyOf, type Material } from "../material.js";
import { differences, forget, listingOf, type Sandbox } from "../sandbox.js";
import { unmount } from "./circumstances.js";
import type { Fault } from "./fault.js";
import { differing, lasting, type Outcome, outcomeOf } from "./outcome.js";

/** Seconds that a suspect of hanging gets alone: the machine may have been busy. */
const AGAIN = 120;
/** Where commands may write beside the workspace. */
const OUTPUTS = ["out", "out.png", "out.jsonl", "out.parquet", "fresh", "exports"];

/** Tries faults on copies of the material, and remembers what commands give when nothing disturbs them. */
export class FaultTrial {
  readonly #undisturbed = new Map<string, Promise<Outcome>>();

  constructor(
    readonly material: Material,
    readonly cache: string,
  ) {}

  async try(fault: Fault): Promise<{ readonly complaints: string[]; readonly seen: string }> {
    // Only what can be compared needs to be known.
    const expected =
      fault.heard === false && !fault.breaksOff ? new Map() : await this.undisturbed(fault.words);
    const first = await this.#once(fault, expected);
    if (!first.ended.hung) return first;
    return this.#once(fault, expected, AGAIN);
  }

  undisturbed(words: readonly string[]): Promise<Outcome> {
    const key = words.join(" ");
    const known = this.#undisturbed.get(key) ?? this.#find(words);
    this.#undisturbed.set(key, known);
    return known;
  }

  async #find(words: readonly string[]): Promise<Outcome> {
    const [one, other] = await Promise.all([this.#run(words), this.#run(words)]);
    return lasting(one, other);
  }

  async #run(words: readonly string[]): Promise<Outcome> {
    const sandbox = copyOf(this.material, this.cache);
    const ended = await runCommand([...words, "--json"], { sandbox, limit: 600 });
    if (ended.code !== 0) throw new Error(`espalier ${words.join(" ")} fails undisturbed:\n${ended.errors}`);
    const outcome = outcomeOf(ended, sandbox);
    forget(sandbox.root);
    return outcome;
  }

  async #once(fault: Fault, expected: Outcome, limit?: number) {
    const sandbox = copyOf(this.material, this.cache);
    try {
      await fault.prepare?.(sandbox);
      const except = [sandbox.workspace, ...OUTPUTS.map((name) => join(sandbox.here, name))];
      const before = { files: listingOf(sandbox, except), ledger: dumpLedger(sandbox.workspace) };
      const all = await start(fault, { sandbox, ...(limit === undefined ? {} : { limit }) });
      const complaints = all.flatMap((ended) => complaintsAbout(fault, ended, sandbox, expected));
      const [ended] = all as [Ended];
      if (all.every(({ code }) => code !== 0) && !fault.breaksOff) {
        const changed = changedTables(before.ledger, dumpLedger(sandbox.workspace));
        if (changed.length > 0) complaints.push(`refused, but changed ${changed.join(", ")}`);
      }
      const strays = differences(before.files, listingOf(sandbox, except)).filter(
        (line) => !/^changed .*here$/.test(line),
      );
      if (strays.length > 0) complaints.push(`beside the workspace: ${strays.slice(0, 4).join(", ")}`);
      fault.undo?.(sandbox);
      if (fault.breaksOff && ended.code !== 0)
        complaints.push(...(await afterwards(fault, sandbox, expected)));
      return { ended, complaints: [...new Set(complaints)], seen: seenOf(fault, all) };
    } finally {
      unmount(sandbox);
      forget(sandbox.root);
    }
  }
}

async function start(fault: Fault, options: StartOptions): Promise<Ended[]> {
  const { words, wrap, environment, twice } = fault;
  const how = { ...options, ...(wrap ? { wrap } : {}), ...(environment ? { environment } : {}) };
  const line = [...words, "--json"];
  if (twice === "at once") return Promise.all([runCommand(line, how), runCommand(line, how)]);
  if (twice === "in turn") return [await runCommand(line, how), await runCommand(line, how)];
  const running = startCommand(line, how);
  if (fault.killsWorker) await killWorker(running);
  return [await running.ended];
}

/** Kills the last process that the command started, if one comes before it ends. */
async function killWorker({ ended, leftovers }: ReturnType<typeof startCommand>): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over) {
    const [, worker] = leftovers();
    if (worker !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      try {
        process.kill(leftovers().at(-1) ?? worker, "SIGKILL");
      } catch {
        // It has ended.
      }
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function complaintsAbout(fault: Fault, ended: Ended, sandbox: Sandbox, expected: Outcome): string[] {
  const { codes = [0, 2], named, heard = true } = fault;
  const found = complaintsOf(ended, { codes });
  // A closed stream cannot be told anything.
  const mute = fault.wrap?.some((word) => word.includes("2>&-"));
  const kept = mute ? found.filter((one) => one !== "refused without a word") : found;
  if (ended.code === 0 && heard) {
    const other = differing(expected, outcomeOf(ended, sandbox), heard);
    if (other.length > 0) kept.push(`ended with 0 and other results: ${other.slice(0, 3).join("; ")}`);
  }
  if (ended.code === 2 && named && !named.some((name) => ended.errors.includes(name))) {
    kept.push(`refused without naming ${named[0]}`);
  }
  return kept;
}

/** The same command when the fault is over. */
async function afterwards(fault: Fault, sandbox: Sandbox, expected: Outcome): Promise<string[]> {
  const ended = await runCommand([...fault.words, "--json"], { sandbox, limit: AGAIN });
  const found = complaintsOf(ended, { codes: [0] });
  const other = ended.code === 0 ? differing(expected, outcomeOf(ended, sandbox), true) : [];
  if (other.length > 0) found.push(`other results: ${other.slice(0, 3).join("; ")}`);
  if (ended.code !== 0) found.push(ended.errors.slice(0, 200));
  return found.map((one) => `again without the fault: ${one}`);
}

function seenOf({ what, words }: Fault, all: readonly Ended[]): string {
  const line = words.map((word) => JSON.stringify(word.slice(0, 80))).join(" ");
  return [`${what}: espalier ${line}`, ...all.map(({ errors }) => errors.slice(0, 700))].join("\n");
}
