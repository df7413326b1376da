import type { NewSearch, VerdictRow } from "../../adapters/store/index.js";
import type { Judge } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";
import { bestVerdict } from "../../search/best-verdict.js";
import { candidateSeeds } from "../../search/seeds.js";
import type { OnDone, ShardTools } from "../running/distributable-shards.js";
import { candidateImage } from "../sampling/candidate-image.js";
import { verdictKey } from "../sampling/known-verdicts.js";
import { refuseSilent } from "../sampling/silent-judge.js";
import { type CollectedCandidate, collectCandidates, type Wanted } from "../sampling/wanted-candidates.js";
import { hash32 } from "../seeds.js";
import type { ChosenImages, EvaluationOrder } from "./evaluation-order.js";
import { candidatesPerImage, type EvaluationImage } from "./images.js";

/**
 * The first candidate of each image, or the judge's favourite of N; the first as well where the judge scored none of
 * them. Candidates and verdicts that the workspace has are read back.
 */
export async function choosePooled(
  order: EvaluationOrder,
  tools: Pick<ShardTools, "source" | "files" | "judge" | "image" | "pictures">,
  onDone: OnDone,
): Promise<ChosenImages> {
  const { images, verifier } = order;
  const { judge } = tools;
  const begun = performance.now();
  const wanted = wantedFor(order);
  const collected = await collectCandidates(tools, wanted, order.known, onDone);
  const verdicts = await judgeAll(order, tools, wanted, collected);
  if (verifier.kind !== "none") refuseSilent(verdicts, judge);
  const seconds = (performance.now() - begun) / 1000 / images.length;
  const groups = groupsOf(images, order, collected, verdicts);
  return {
    chosen: groups.map(({ collected, verdicts, best }) => ({
      candidate: (collected[best ?? 0] as CollectedCandidate).candidate,
      verdict: verdicts[best ?? 0],
    })),
    fresh: collected.filter(({ stored }) => !stored).map(({ candidate }) => candidate),
    verdicts: verdictRows(judge, collected, verdicts),
    searches: groups.map((group) => ({ ...searchRow(group, order), seconds })),
  };
}

/** The candidates of every image, image by image: N seeds that follow from run, purpose, prompt and sample. */
export function wantedFor({ images, verifier, seed, purpose }: Questioned): Wanted[] {
  const baseSeed = hash32(seed, purpose);
  const count = candidatesPerImage(verifier);
  return images.flatMap(({ prompt, sample }) =>
    candidateSeeds(baseSeed, { prompt, attempt: sample }, count).map((seed) => ({ prompt, seed })),
  );
}

type Questioned = Pick<EvaluationOrder, "images" | "verifier" | "seed" | "purpose">;

/** The judge's outcome verdict on each candidate, from the order where it gave one before; none without a judge. */
async function judgeAll(
  order: EvaluationOrder,
  { judge, image, pictures }: Pick<ShardTools, "judge" | "image" | "pictures">,
  wanted: readonly Wanted[],
  collected: readonly CollectedCandidate[],
): Promise<readonly Verdict[]> {
  if (judge === null) return [];
  const said = new Map(order.verdicts.map(({ candidateId, verdict }) => [candidateId, verdict]));
  const known = collected.map(({ candidate }) => said.get(candidate.id));
  const open = collected.flatMap((_, at) => (known[at] === undefined ? [at] : []));
  const items = open.map((at) => ({
    prompt: (wanted[at] as Wanted).prompt,
    image: candidateImage((collected[at] as CollectedCandidate).candidate, { image, pictures }),
  }));
  const answers = items.length > 0 ? await judge.ask("outcome", items) : [];
  const answered = new Map(open.map((at, index) => [at, answers[index] as Verdict]));
  return known.map((verdict, at) => verdict ?? (answered.get(at) as Verdict));
}

/** An image's candidates, what was said of them, and which is the best. */
interface Group {
  readonly image: EvaluationImage;
  readonly collected: readonly CollectedCandidate[];
  readonly verdicts: readonly Verdict[];
  /** Undefined where nothing was chosen between. */
  readonly best: number | undefined;
}

function groupsOf(
  images: readonly EvaluationImage[],
  { verifier }: Questioned,
  collected: readonly CollectedCandidate[],
  verdicts: readonly Verdict[],
): Group[] {
  const n = candidatesPerImage(verifier);
  return images.map((image, index) => {
    const [first, end] = [index * n, (index + 1) * n];
    const said = verdicts.slice(first, end);
    const best = verifier.kind === "none" ? undefined : bestVerdict(said);
    return { image, collected: collected.slice(first, end), verdicts: said, best };
  });
}

function searchRow(
  { image, collected, verdicts, best }: Group,
  { verifier }: Questioned,
): Omit<NewSearch, "seconds"> {
  const chosen = verifier.kind === "none" ? 0 : best;
  const judged = verifier.kind === "none" ? 0 : collected.length;
  return {
    promptId: image.prompt.id,
    attempt: image.sample,
    chosenId: chosen === undefined ? null : (collected[chosen] as CollectedCandidate).candidate.id,
    reason: reasonOf(chosen, judged),
    nfe: evaluationsOf(collected),
    sampledNfe: evaluationsOf(collected.filter(({ stored }) => !stored)),
    judgeCalls: judged,
    failedVerdicts: verdicts.filter(({ kind }) => kind === "failed").length,
    // Its paths may lie in the shards of other stages.
    ...{ firstRow: 0, paths: 0 },
  };
}

function reasonOf(chosen: number | undefined, judged: number): string {
  if (judged === 0) return "the first sampled";
  return chosen === undefined ? `the judge scored 0 of ${judged}` : `highest outcome of ${judged}`;
}

function evaluationsOf(collected: readonly CollectedCandidate[]): number {
  return collected.reduce((sum, { candidate }) => sum + (candidate.nfe ?? 0), 0);
}

function verdictRows(
  judge: Judge | null,
  collected: readonly CollectedCandidate[],
  verdicts: readonly Verdict[],
): VerdictRow[] {
  if (judge === null) return [];
  return collected.map(({ candidate }, at) => ({
    ...verdictKey(judge, candidate),
    verdict: verdicts[at] as Verdict,
  }));
}
