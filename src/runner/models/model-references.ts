import type { ByQuestion } from "../../search/judges/by-question.js";
import type { EnsembleRule } from "../../search/judges/ensemble.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";

/** A checkpoint as another process finds it: `location` as the ledger keeps it, checked against `identity`. */
export type CheckpointReference = Pick<KnownCheckpoint, "identity" | "location">;

/** A judge as another process opens it. */
export type JudgeReference =
  | { readonly by: "detector" }
  | { readonly by: "checkpoint"; readonly checkpoint: CheckpointReference }
  /** One of the run's settings, or an ensemble with such a one: it is asked here alone, where its key, its limits and its budget are. */
  | { readonly by: "settings" }
  | {
      readonly by: "ensemble";
      readonly rule: EnsembleRule;
      readonly members: readonly CheckpointReference[];
    }
  | {
      readonly by: "question";
      readonly members: ByQuestion<JudgeReference>;
      readonly otherwise: JudgeReference;
    };

/** Where the models of a run come from, by the identities that stages know them by. */
export class ModelReferences {
  readonly #checkpoints = new Map<string, CheckpointReference>();
  readonly #judges = new Map<string, JudgeReference>();

  keepCheckpoint({ identity, location }: KnownCheckpoint): void {
    this.#checkpoints.set(identity, { identity, location });
  }

  keepJudge(identity: string, reference: JudgeReference): void {
    this.#judges.set(identity, reference);
  }

  checkpoint(identity: string): CheckpointReference {
    return known(this.#checkpoints.get(identity), identity);
  }

  /** Whether a judge is asked by this process alone. */
  isAskedHere(identity: string | undefined): boolean {
    return identity !== undefined && this.#judges.get(identity)?.by === "settings";
  }

  judge(identity: string): JudgeReference {
    return known(this.#judges.get(identity), identity);
  }
}

function known<Reference>(found: Reference | undefined, identity: string): Reference {
  if (found !== undefined) return found;
  throw new Error(`Nobody knows where the model ${identity} comes from, so no other process can open it.`);
}
