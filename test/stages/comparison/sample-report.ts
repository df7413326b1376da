import { compareEvaluations } from "../../../src/stages/comparison/compare.js";
import { collectEvaluations } from "../../../src/stages/comparison/evaluations.js";
import type { ReportData } from "../../../src/stages/comparison/report-data.js";
import { syntheticEvaluation } from "./synthetic.js";

export const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
export const HOSTILE = `<script>alert("prompt")</script>`;
export const hashes = { base: "a".repeat(64), round: "b".repeat(64), pairs: "c".repeat(64) };

/** A report of three evaluations in which every text is somebody's attempt to run a script. */
export async function sampleReport(): Promise<ReportData> {
  const evaluations = await collectEvaluations([
    syntheticEvaluation("base", 0),
    syntheticEvaluation("base + ORM best-of-8", 0.2, undefined, "best-of-8"),
    syntheticEvaluation("round-1", 0.08),
  ]);
  const promptIds = [...(evaluations[0]?.items.values() ?? [])].map((item) => item.promptId);
  const events = Array.from({ length: 30 }, (_, step) => ({ step, loss: 0.69 - step / 100, grad_norm: 1 }));
  const histogram = { edges: [-1, 0, 1], chosen: [1, 5], rejected: [4, 2] };
  const tasks = { counting: { pairs: 3, "rewards/accuracies": 0.5 } };
  const validation = { event: "validation-end", step: 30, histogram, tasks };
  return {
    title: "Two rounds & more",
    created: "2026-01-02T03:04:05Z",
    comparison: compareEvaluations(evaluations, { resamples: 200, seed: 0, level: 0.95 }),
    evaluations,
    focus: { from: "base", to: "round-1" },
    costs: [
      {
        ...{ label: "round-1", searches: 4, nfe: 64, sampledNfe: 48, judgeCalls: 8 },
        ...{ failedVerdicts: 1, seconds: 2 },
      },
    ],
    made: {
      command: `espalier run ${HOSTILE}`,
      roles: [{ role: "labelled the pairs of training", who: [HOSTILE] }],
      sameEye: "scenes-detector/1",
      pairs: [
        {
          ...{ name: "round-1", stage: "0123456789abcdef", policy: "random-yes-no", pairs: 100 },
          ...{ prompts: 60, promptsUsed: 50, candidates: 400, dropped: "10: every decided image is right" },
        },
      ],
    },
    facts: (id) => ({
      ...{ seed: 7, checkpoint: HOSTILE },
      verdicts: [{ judge: HOSTILE, question: "outcome", step: 8, said: "0.731", reason: `${HOSTILE} ${id}` }],
    }),
    imageBytes: 1e6,
    prompts: new Map(promptIds.map((id) => [id, `${HOSTILE} ${id}`])),
    training: [{ name: "round-1", events: [...events, validation] }],
    margins: [{ name: "round-1", values: [0.1, 0.2, 0.4] }],
    samples: [
      { name: "round-1", steps: [0, 20, 40], rows: [{ prompt: HOSTILE, images: [PIXEL, PIXEL, PIXEL] }] },
    ],
    lineage: [
      { name: "base", identity: hashes.base, parents: [], settings: {} },
      {
        name: "round-1",
        identity: hashes.round,
        parents: [hashes.base],
        pairsHash: hashes.pairs,
        reference: "base",
        promoted: false,
        settings: { beta: 0.1 },
      },
    ],
    judges: [
      {
        ...{ name: "round-1", before: hashes.base, tuned: hashes.round, kept: true, labels: "people" },
        samples: { own: 96, earlier: 32 },
        heldOut: {
          before: { auc: 0.612, interval: [0.55, 0.67], prompts: 41 },
          after: { auc: null, interval: null, prompts: 41 },
        },
      },
    ],
    notes: ["The second verifier disagrees."],
    plainNotes: [`The judge was kept: ${HOSTILE}`],
  };
}
