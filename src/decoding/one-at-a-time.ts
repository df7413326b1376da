/** Runs tasks one after the other in the order they were given: for buffers that serve one forward pass at a time. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** The task's result or failure; a failure does not stop the tasks behind it. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Ends when every task given so far has. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
