/** The settings whose combinations are looked at; `schema/training.ts` fills them in. */
interface Settings {
  readonly losses: Readonly<Record<string, number | undefined>>;
  readonly labelSmoothing: number;
  readonly divergence: string;
  readonly masks: { readonly draws: number; readonly antithetic: boolean };
  readonly adapter: object | null;
  readonly referenceSync: object | null;
  readonly guidance: object | null;
  readonly balance: string;
  readonly taskBalance: number;
  readonly processes: number;
  readonly sharding: string;
  readonly heldOut: { readonly share: number; readonly patience: number | null; readonly keep: string };
}

/** A setting that cannot be as it is beside the others, in the words that finish "Expected X to be ...". */
export interface Refusal {
  readonly path: readonly string[];
  readonly expected: string;
}

const SMOOTHED = ["sigmoid_smoothed", "robust", "exo_pair", "aot", "aot_unpaired"];
const REVERSE_KL_ONLY = [
  "nca_pair",
  "bco_pair",
  "bco_pair_centred",
  "sppo_hard",
  "aot",
  "aot_unpaired",
].concat(["apo_zero", "apo_down"]);

/** Settings that would be ignored or cannot go together; the Python trainer refuses the same (test/contract/refused.json). */
export function refusedTraining(settings: Settings): Refusal[] {
  return [...refusedLosses(settings), ...refusedMasks(settings), ...refusedTogether(settings)];
}

function refusedLosses({ losses, labelSmoothing, divergence }: Settings): Refusal[] {
  const asked = Object.keys(losses).filter((name) => losses[name] !== undefined);
  const among = (names: readonly string[]) => asked.filter((name) => names.includes(name));
  const refusals: Refusal[] = [];
  if (asked.includes("exo_pair") && labelSmoothing === 0) {
    refusals.push({ path: ["labelSmoothing"], expected: "above 0 for the loss exo_pair (0.001 is usual)" });
  }
  if (labelSmoothing > 0 && among(SMOOTHED).length === 0) {
    refusals.push({
      path: ["labelSmoothing"],
      expected: `0, which only ${SMOOTHED.join(", ")} read among the losses`,
    });
  }
  const unread = among(REVERSE_KL_ONLY);
  if (divergence !== "reverse_kl" && unread.length > 0) {
    refusals.push({ path: ["divergence"], expected: `"reverse_kl" for the loss ${unread.join(", ")}` });
  }
  return refusals;
}

function refusedMasks({ masks }: Settings): Refusal[] {
  return masks.antithetic && masks.draws % 2 === 1
    ? [{ path: ["masks", "draws"], expected: "even, as antithetic masks come in twos" }]
    : [];
}

function refusedTogether({ adapter, referenceSync, heldOut, ...settings }: Settings): Refusal[] {
  const refusals: Refusal[] = [];
  if (settings.balance === "task" && settings.taskBalance > 0) {
    refusals.push({
      path: ["taskBalance"],
      expected: '0 beside balance "task", which draws every task alike',
    });
  }
  if (settings.sharding === "full" && settings.guidance !== null) {
    refusals.push({ path: ["sharding"], expected: '"none" beside reward guidance' });
  }
  if (settings.sharding === "full" && settings.processes === 1) {
    refusals.push({ path: ["processes"], expected: 'at least 2 for sharding "full"' });
  }
  if (adapter !== null && referenceSync !== null) {
    refusals.push({
      path: ["referenceSync"],
      expected: "null beside an adapter, which keeps no second model",
    });
  }
  if (heldOut.share === 0 && (heldOut.patience !== null || heldOut.keep === "best")) {
    refusals.push({ path: ["heldOut", "share"], expected: "above 0 for patience or the best checkpoint" });
  }
  return refusals;
}
