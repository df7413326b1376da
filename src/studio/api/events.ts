import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Store } from "../../adapters/store/index.js";
import type { LocalEvent, LocalRoute } from "../../adapters/web/index.js";
import type { Studio } from "../studio.js";
import { unfinishedTrainings } from "../trainings.js";

/** Between two looks at what may have changed, in milliseconds. */
const PAUSE = 500;
/** Between signs of life of a stream on which nothing happens. */
const QUIET = 15_000;

/** `events`: a server-sent event `changed` whenever the ledger or the log of a training that runs has. */
export function eventRoute({ store, signal }: Studio): LocalRoute {
  const answer = () => ({ events: (gone: AbortSignal) => changes(store, AbortSignal.any([gone, signal])) });
  return { method: "GET", path: "events", answer };
}

async function* changes(store: Store, end: AbortSignal): AsyncGenerator<LocalEvent> {
  let before = stateOf(store);
  let said = Date.now();
  yield { name: "changed", data: before };
  while (await paused(end)) {
    const now = stateOf(store);
    const changed = now.ledger !== before.ledger || now.trainings !== before.trainings;
    if (!changed && Date.now() - said < QUIET) continue;
    yield { name: changed ? "changed" : "alive", data: now };
    before = now;
    said = Date.now();
  }
}

/** What a page would see differently: a number that counts writes to the ledger, and the bytes of the logs that may grow. */
function stateOf(store: Store) {
  const sizes = unfinishedTrainings(store).map(
    ({ log }) => statSync(join(store.workspace.root, log), { throwIfNoEntry: false })?.size ?? 0,
  );
  return { ledger: store.browse.version(), trainings: sizes.reduce((sum, size) => sum + size, 0) };
}

/** False at the end. */
async function paused(end: AbortSignal): Promise<boolean> {
  return wait(PAUSE, true, { signal: end }).catch(() => false);
}
