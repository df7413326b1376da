import { MultiBar, Presets, type SingleBar } from "cli-progress";
import type { Progress, ProgressTask } from "../records/progress.js";
import { duration, forPeople } from "./plain-output.js";
import type { ProgressStream } from "./surroundings.js";

export interface ClosableProgress extends Progress {
  /** Ends what is still open. */
  close(): void;
}

/** Time between two plain lines of a task. */
const LINE_MILLISECONDS = 5000;

/** Bars with rate and time left on a terminal, plain lines every few seconds elsewhere. */
export function createProgress(
  stream: ProgressStream,
  clock: () => number = performance.now.bind(performance),
): ClosableProgress {
  return stream.isTTY ? new Bars(stream, clock) : new Lines(stream, clock);
}

/** How far a task is. */
class Pace {
  value: number;
  detail = "";
  readonly started: number;

  constructor(
    readonly name: string,
    readonly total: number,
    readonly unit: string,
    readonly done: number,
    readonly clock: () => number,
  ) {
    this.value = done;
    this.started = clock();
  }

  advance(count: number, detail: string): void {
    this.value += count;
    this.detail = forPeople(detail);
  }

  get seconds(): number {
    return (this.clock() - this.started) / 1000;
  }

  /** Units a second since the task was opened, what was done before left out. */
  get rate(): number {
    return this.seconds > 0 ? (this.value - this.done) / this.seconds : 0;
  }

  get left(): string {
    return this.rate > 0 ? `${duration((this.total - this.value) / this.rate)} left` : "";
  }

  get speed(): string {
    return this.rate > 0 ? `${this.rate.toFixed(this.rate < 100 ? 2 : 0)} ${this.unit}/s` : "";
  }
}

class Lines implements ClosableProgress {
  constructor(
    private readonly stream: ProgressStream,
    private readonly clock: () => number,
  ) {}

  start(name: string, total: number, unit: string, done = 0): ProgressTask {
    const pace = new Pace(forPeople(name), total, unit, done, this.clock);
    let printed = pace.started;
    let open = true;
    if (done > 0) this.note(`${pace.name}: ${done} of ${total} ${unit} were done before`);
    return {
      advance: (count, detail = "") => {
        pace.advance(count, detail);
        if (this.clock() - printed < LINE_MILLISECONDS) return;
        printed = this.clock();
        this.note(
          joined(`${pace.name}: ${pace.value} of ${total} ${unit}`, pace.speed, pace.left, pace.detail),
        );
      },
      end: () => {
        if (!open) return;
        open = false;
        const made = `${pace.name}: ${pace.value} of ${total} ${unit} in ${duration(pace.seconds)}`;
        this.note(joined(made, pace.speed, pace.detail));
      },
    };
  }

  note(text: string): void {
    this.stream.write(`${forPeople(text)}\n`);
  }

  close(): void {}
}

class Bars implements ClosableProgress {
  private bars: MultiBar | undefined;
  private readonly open = new Set<SingleBar>();

  constructor(
    private readonly stream: ProgressStream,
    private readonly clock: () => number,
  ) {}

  start(name: string, total: number, unit: string, done = 0): ProgressTask {
    const pace = new Pace(forPeople(name), total, unit, done, this.clock);
    const bars = this.multiBar();
    const bar = bars.create(total, done, { name: pace.name, unit, pace: "" });
    this.open.add(bar);
    return {
      advance: (count, detail = "") => {
        pace.advance(count, detail);
        bar.update(pace.value, { pace: joined(pace.speed, pace.left, pace.detail) });
      },
      end: () => {
        if (!this.open.delete(bar)) return;
        bar.update(pace.value, {
          pace: joined(pace.speed, `took ${duration(pace.seconds)}`, pace.detail),
        });
        bar.stop();
        if (this.open.size === 0) this.close();
      },
    };
  }

  note(text: string): void {
    const line = `${forPeople(text)}\n`;
    if (this.bars === undefined) {
      this.stream.write(line);
      return;
    }
    this.bars.log(line);
    // A line waits for the next frame, and would be lost when the bars end before it.
    this.bars.update();
  }

  close(): void {
    this.bars?.stop();
    this.bars = undefined;
    this.open.clear();
  }

  private multiBar(): MultiBar {
    this.bars ??= new MultiBar(
      {
        stream: this.stream as NodeJS.WriteStream,
        format: "{name} {bar} {value}/{total} {unit} {pace}",
        hideCursor: true,
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
    return this.bars;
  }
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}
