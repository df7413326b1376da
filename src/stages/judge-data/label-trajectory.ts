import type { JudgeFileRow } from "../../adapters/arrow/index.js";
import { tokensOf } from "../../decoding/grid-complaint.js";
import { agreement } from "../../geneval/agreement.js";
import { evaluateImage, type GenEvalResult } from "../../geneval/evaluate.js";
import { reasonsOf, writeFaults } from "../../geneval/reasons.js";
import type { Candidate } from "../../records/candidate.js";
import type { Detection } from "../../records/detection.js";
import type { Prompt, PromptMetadata, WordIds } from "../../records/prompt.js";
import { reasonFlags } from "../../records/reasons.js";
import { NOT_ASKED, QUESTIONS, type Question } from "../../records/verdict.js";
import type { State, Trajectory } from "../../search/trajectories.js";

/**
 * A preview is clear when it shows what its path ends in: it shares at least this much of the objects (`agreement`, with
 * class, colour and place within a token). Two of three objects in place are enough, fragments do not count: a label that asked for all of them
 * would only come with the last steps.
 */
export const CLEAR_AGREEMENT = 0.66;
/** Side of a token. */
const PLACE_TOLERANCE = 8;

/** What a detector saw of a trajectory. */
export interface SeenTrajectory {
  /** In each state's preview. */
  readonly states: readonly (readonly Detection[])[];
  /** In each of a state's completions. */
  readonly completions: readonly (readonly (readonly Detection[])[])[];
}

/** A prompt that detections can be checked against, and its word ids. */
export interface CheckedPrompt extends Prompt {
  readonly metadata: PromptMetadata;
  readonly encoded: WordIds;
}

/**
 * The states of a path and the ends that were tried from them, with every question that detections can answer:
 * process, whether any completion is right (Math-Shepherd, arXiv 2312.08935; at the end the image itself); clarity, as CLEAR_AGREEMENT says;
 * potential, at clear states, whether the path ends right; outcome and reflection of whole images.
 */
export function* labelTrajectory(
  prompt: CheckedPrompt,
  { candidate, states }: Trajectory,
  seen: SeenTrajectory,
): Generator<JudgeFileRow> {
  const final = seen.states.at(-1) as readonly Detection[];
  const end = evaluateImage(final, prompt.metadata);
  for (const [index, state] of states.entries()) {
    const isClear = agreement(seen.states[index] as Detection[], final, PLACE_TOLERANCE) >= CLEAR_AGREEMENT;
    const row = stateRow(prompt, candidate, state);
    const isEnd = index === states.length - 1;
    const ends = (seen.completions[index] ?? []).map((one, at) =>
      labelWhole(prompt, state.completions[at] as Candidate, one),
    );
    const isRight = ends.some(({ answers }) => answers[OUTCOME] === 1);
    yield {
      ...row,
      ...(isEnd ? reasonsFor(end, prompt) : NO_REASONS),
      answers: answersOf({
        clarity: isClear,
        ...(isClear ? { potential: end.correct } : {}),
        ...(ends.length > 0 ? { process: isRight } : {}),
        ...(isEnd ? wholeAnswers(end) : {}),
      }),
    };
    yield* ends;
  }
}

/** A whole image: outcome, process and reflection, with reasons. */
function labelWhole(prompt: CheckedPrompt, candidate: Candidate, seen: readonly Detection[]): JudgeFileRow {
  const result = evaluateImage(seen, prompt.metadata);
  const answers = answersOf(wholeAnswers(result));
  return { ...wholeRow(prompt, candidate), ...reasonsFor(result, prompt), answers };
}

function wholeAnswers({ correct }: GenEvalResult) {
  return { outcome: correct, process: correct, reflection: correct };
}

const OUTCOME = QUESTIONS.indexOf("outcome");

/** Answers by QUESTIONS; what is left out is not asked. */
export function answersOf(given: Partial<Record<Question, boolean>>): Uint8Array {
  return Uint8Array.from(QUESTIONS, (question) => {
    const answer = given[question];
    return answer === undefined ? NOT_ASKED : Number(answer);
  });
}

/** Of an image whose faults nobody named. */
export const NO_REASONS = { reasons: reasonFlags([]), written: "" };

function reasonsFor({ faults }: GenEvalResult, { metadata }: CheckedPrompt) {
  return { reasons: reasonFlags(reasonsOf(faults)), written: writeFaults(faults, metadata) };
}

function stateRow(prompt: CheckedPrompt, candidate: Candidate, { step, preview }: State) {
  const tokens = tokensOf(preview);
  const { settled = new Uint8Array(tokens.length).fill(1) } = preview;
  return { ...wholeRow(prompt, candidate), step, tokens, settled };
}

function wholeRow(prompt: CheckedPrompt, { id, settings, steps, tokens }: Candidate) {
  return {
    promptId: prompt.id,
    prompt: prompt.text,
    tag: prompt.metadata.tag,
    text: prompt.encoded,
    path: id,
    step: steps,
    steps: settings.steps,
    tokens,
    settled: new Uint8Array(tokens.length).fill(1),
  };
}
