import type { StageRow, Store } from "../../adapters/store/index.js";
import { saidOf } from "../../records/no-pair.js";
import type { ImageFacts, PairCounts, Provenance } from "../../stages/comparison/report-data.js";

/**
 * Who graded the images of evaluations, who picked them, and who labelled the pairs that their checkpoints were trained on, as the ledger
 * knows it; `command` makes it all again.
 */
export function provenanceOf(store: Store, stages: readonly string[], command: string): Provenance {
  const evaluations = stages.flatMap((id) => store.evaluations.find(id) ?? []);
  const trainings = new Map(
    evaluations.flatMap(({ checkpoint }) => trainingsOf(store, checkpoint)).map((one) => [one.id, one]),
  );
  const sets = [...trainings.values()].flatMap((training) => pairSetsOf(store, training));
  const graders = evaluations.map(({ detector }) => nameOf(store, detector));
  const labellers = sets.map(({ pairs }) => labellerOf(store, pairs));
  const pickers = evaluations.flatMap(({ selection, judge }) =>
    judge === null || selection === "plain" ? [] : [nameOf(store, judge)],
  );
  const same = graders.find((one) => labellers.includes(one));
  return {
    command,
    roles: [
      { role: "graded the images", who: unique(graders) },
      { role: "picked images from several", who: unique(pickers) },
      { role: "labelled the pairs of training", who: unique(labellers) },
    ].filter(({ who }) => who.length > 0),
    ...(same === undefined ? {} : { sameEye: same }),
    pairs: sets.map(({ training, pairs }) => countsOf(store, training, pairs)),
  };
}

/** What a report tells of one image. */
export function imageFacts(store: Store, candidateId: string): ImageFacts {
  const candidate = store.candidates.find(candidateId);
  const verdicts = store.verdicts.ofCandidate(candidateId).map(({ judge, question, step, verdict }) => ({
    judge: nameOf(store, judge),
    question,
    step,
    said: verdict.kind === "scored" ? verdict.score.toFixed(3) : verdict.kind,
    ...("reason" in verdict && verdict.reason ? { reason: verdict.reason } : {}),
  }));
  return { seed: candidate?.seed ?? null, checkpoint: nameOf(store, candidate?.checkpoint ?? ""), verdicts };
}

/** The trainings that led to a checkpoint, the last first. */
function trainingsOf(store: Store, checkpoint: string): StageRow[] {
  const found: StageRow[] = [];
  for (let at = checkpoint; ; ) {
    const made = store.checkpoints.identified(at)?.stageId;
    const training = made ? store.stages.find(made) : undefined;
    if (training === undefined || found.some(({ id }) => id === training.id)) return found;
    found.push(training);
    at = String(training.inputs["policy"] ?? "");
  }
}

function pairSetsOf(store: Store, training: StageRow) {
  const hashes = (training.inputs["pairSets"] ?? []) as readonly string[];
  const all = store.stages.all();
  return hashes.flatMap((hash) => {
    const pairs = all.find(({ summary }) => summary?.["pairSet"] === hash);
    return pairs === undefined ? [] : [{ training, pairs }];
  });
}

function labellerOf(store: Store, { inputs }: StageRow): string {
  if (inputs["decidedBy"] === "people") return "people";
  const { judge } = inputs;
  return typeof judge === "string" ? nameOf(store, judge) : "whoever made the imported set";
}

function countsOf(store: Store, training: StageRow, { id, summary, inputs }: StageRow): PairCounts {
  const number = (name: string) => (typeof summary?.[name] === "number" ? (summary[name] as number) : null);
  const made = store.checkpoints.madeBy(training.id);
  const mining = inputs["mining"] as { readonly policy?: string } | undefined;
  return {
    name: made?.name ?? training.id,
    stage: id,
    policy: mining?.policy ?? "as brought",
    pairs: number("pairs") ?? store.shards.progress(id).rows,
    prompts: number("prompts"),
    promptsUsed: number("promptsUsed"),
    candidates: number("candidates"),
    dropped: saidOf((summary?.["dropped"] ?? {}) as Record<string, number>),
  };
}

/** A detector by its own name, a judge or generator by that of its checkpoint. */
function nameOf(store: Store, identity: string): string {
  if (identity.startsWith("geneval:")) return identity.slice("geneval:".length);
  return store.checkpoints.identified(identity)?.name ?? identity;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
