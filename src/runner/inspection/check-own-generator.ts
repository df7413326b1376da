import { resolve } from "node:path";
import { DrawingWorker, type OpenDrawerRequest, type PathHolder } from "../../adapters/python/index.js";
import { ConfigError } from "../../errors.js";
import type { Check } from "../../machine/machine-checks.js";

const PROMPTS = ["a red cup", "two dogs in a garden"] as const;
const SEEDS = [11, 12] as const;
/** Of an attempt with several steps; a generator that gives whole pictures says that it takes one. */
const STEPS = 4;
const DOCS = "docs/own-generators.md says what each method takes and gives.";

type Pixels = Uint8Array;

/**
 * Whether a generator of a person's own, FILE.py:FACTORY, keeps what candidates need of one: that it draws at all, the same again, also in
 * a new process, whatever it draws beside, and that paths that were left stay as they were.
 */
export async function checkOwnGenerator(place: string): Promise<Check[]> {
  const first = new DrawingWorker();
  const second = new DrawingWorker();
  try {
    const asked = await opening(first, requestOf(place));
    if ("state" in asked) return [asked];
    const checks = new OwnGeneratorChecks(asked, first, second);
    return await checks.all();
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
}

function requestOf(place: string): OpenDrawerRequest {
  const [, file, factory] = /^(.+\.py):(\w+)$/.exec(place) ?? [];
  if (file === undefined)
    throw new ConfigError(`Expected --family to be FILE.py:FACTORY, as blots.py:Blots, got "${place}".`);
  return {
    family: "python",
    generator: `${resolve(file)}:${factory}`,
    steps: STEPS,
    guidanceScale: 1,
    device: "cpu",
  };
}

/** What it is loaded by: in several steps, or in one where it says so. */
async function opening(worker: DrawingWorker, asked: OpenDrawerRequest): Promise<OpenDrawerRequest | Check> {
  const name = "loads";
  try {
    await worker.drawing(asked, async () => undefined);
    return asked;
  } catch (fault) {
    const said = messageOf(fault);
    if (/takes 1 step/.test(said)) return { ...asked, steps: 1 };
    return { name, state: "missing", found: said, cure: DOCS };
  }
}

class OwnGeneratorChecks {
  constructor(
    private readonly asked: OpenDrawerRequest,
    private readonly first: DrawingWorker,
    private readonly second: DrawingWorker,
  ) {}

  async all(): Promise<Check[]> {
    const loads = {
      name: "loads",
      state: "ok",
      found: `${this.asked.steps} step(s) a path`,
      cure: "",
    } as const;
    const pictures = await this.pictures();
    if (pictures.state === "missing") return [loads, pictures];
    return [
      loads,
      pictures,
      await this.again(),
      await this.elsewhere(),
      await this.seeds(),
      ...(await this.company()),
    ];
  }

  pictures(): Promise<Check> {
    return judged("pictures", "previews and pictures must be (H, W, 3) uint8, all of one size", async () => {
      const { shape } = await this.first.drawing(this.asked, async (holder) => {
        await holder.begin([1, 2], PROMPTS, SEEDS);
        for (let step = 1; step < this.asked.steps; step++) {
          await holder.advance([1, 2]);
          await holder.show([1, 2]);
        }
        await holder.advance([1, 2]);
        return holder.show([1, 2]);
      });
      return `${shape[2]} x ${shape[1]}, with a preview after each step`;
    });
  }

  again(): Promise<Check> {
    return judged("the same again", "all that is random in a path must come from its seed", async () => {
      expectSame(await this.drawn([0]), await this.drawn([0]), "the same prompt and seed gave two pictures");
      return "bit for bit in one process";
    });
  }

  elsewhere(): Promise<Check> {
    const cure =
      "nothing may come from the process or its start, such as Python's hash() of a text, or the clock";
    return judged("the same elsewhere", cure, async () => {
      const other = await this.drawn([0], this.second);
      expectSame(
        await this.drawn([0]),
        other,
        "a new process gave another picture of the same prompt and seed",
      );
      return "bit for bit in a new process";
    });
  }

  seeds(): Promise<Check> {
    return judged("seeds", "without noise of its seed every candidate of a prompt is the same", async () => {
      const [one, other] = [await this.drawn([0]), await this.drawn([0], this.first, [SEEDS[1]])];
      if (Buffer.compare(one, other) === 0) throw new Error("two seeds gave the same picture");
      return "another seed, another picture";
    });
  }

  async company(): Promise<Check[]> {
    const alone = await this.drawn([1]);
    const together = await judged("company", "a path must not see the others of its batch", async () => {
      const both = await this.drawn([0, 1]);
      expectSame(both.subarray(both.length / 2), alone, "a path gave another picture beside another one");
      return "alone or beside others the same";
    });
    const left = await judged(
      "states",
      "advance must return new states and leave the old ones as they are",
      async () => {
        const forked = await this.forked(alone);
        return forked
          ? "a path that was left goes on as it was"
          : "no fork: zero-order and over-paths are refused";
      },
    );
    return [together, left];
  }

  /** A path whose state another one was forked from goes on beside it; whether there is a fork. */
  async forked(alone: Pixels): Promise<boolean> {
    if (this.asked.steps === 1) return false;
    return this.first.drawing(this.asked, async (holder) => {
      await holder.begin([1], [PROMPTS[1]], [SEEDS[1]]);
      await holder.advance([1]);
      const fork = { path: 2, source: 1, step: 1, earlier: 1, seed: SEEDS[0], share: 0 };
      const isThere = await holder.fork(fork).then(
        () => true,
        (fault) => {
          if (/has no fork/.test(messageOf(fault))) return false;
          throw fault;
        },
      );
      if (!isThere) return false;
      await this.toEnd(holder, [2], 1);
      await this.toEnd(holder, [1], 1);
      const { data } = await holder.show([1]);
      expectSame(data, alone, "a path gave another picture after another one had left it");
      return true;
    });
  }

  async drawn(
    which: readonly number[],
    worker = this.first,
    seeds: readonly number[] = SEEDS,
  ): Promise<Pixels> {
    return worker.drawing(this.asked, async (holder) => {
      const numbers = which.map((one) => one + 1);
      const prompts = which.map((one) => PROMPTS[one] as string);
      await holder.begin(
        numbers,
        prompts,
        which.map((one) => seeds[one] as number),
      );
      await this.toEnd(holder, numbers, 0);
      const { data } = await holder.show(numbers);
      await holder.drop(numbers);
      return data;
    });
  }

  async toEnd(holder: PathHolder, paths: readonly number[], from: number): Promise<void> {
    for (let step = from; step < this.asked.steps; step++) await holder.advance(paths);
  }
}

async function judged(name: string, cure: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, state: "ok", found: await look(), cure: "" };
  } catch (fault) {
    return { name, state: "missing", found: messageOf(fault), cure: `${cure}. ${DOCS}` };
  }
}

function expectSame(one: Pixels, other: Pixels, otherwise: string): void {
  if (Buffer.compare(one, other) !== 0) throw new Error(otherwise);
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
