import { createHash } from "node:crypto";
import type { StageRow, Store } from "../../adapters/store/index.js";
import { decisionOn } from "./decisions.js";

/** Which images people have preferred to another of their prompt, and which they have not. */
export interface PeopleLabels {
  /** By candidate id, in the order of ids; images that won once and lost once are left out. */
  readonly labels: ReadonlyMap<string, boolean>;
  /** Of every label: the same answers, the same labels. */
  readonly hash: string;
}

/** What people decided on the pairs of some stages; `least` answers decide a pair. */
export function peopleLabels(store: Store, pairs: readonly StageRow[], least: number): PeopleLabels {
  const said = new Map<string, Set<boolean>>();
  const say = (id: string, right: boolean) => said.set(id, (said.get(id) ?? new Set()).add(right));
  for (const { id } of pairs) {
    for (const reviewed of store.reviews.reviewed(id)) {
      const decision = decisionOn(reviewed, least);
      if (decision !== "accepted" && decision !== "swapped") continue;
      const { chosenId, rejectedId } = reviewed.pair;
      say(chosenId, decision === "accepted");
      say(rejectedId, decision === "swapped");
    }
  }
  const labels = new Map<string, boolean>();
  const hash = createHash("sha256");
  for (const id of [...said.keys()].sort()) {
    const [right, ...others] = said.get(id) as Set<boolean>;
    if (right === undefined || others.length > 0) continue;
    labels.set(id, right);
    hash.update(`${id} ${right}\n`);
  }
  return { labels, hash: hash.digest("hex") };
}
