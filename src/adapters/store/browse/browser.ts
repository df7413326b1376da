import type { Ledger } from "../ledger.js";
import { type CandidateBrowser, candidateBrowser } from "./candidates.js";
import { type Facets, facetsOf } from "./facets.js";
import { type FlipBrowser, flipBrowser } from "./flips.js";
import { type PairBrowser, pairBrowser } from "./pairs.js";

/** What is looked at part by part, whatever the size of the ledger. */
export interface Browser {
  readonly candidates: CandidateBrowser;
  readonly pairs: PairBrowser;
  readonly flips: FlipBrowser;
  facets(): Facets;
  /** Evaluation items that a candidate was: what a detector saw in it. */
  evaluated(candidateId: string): EvaluatedAs[];
  /** Other candidates of the same image. */
  alike(candidateId: string): string[];
  /** Another number whenever another process has written since. */
  version(): number;
}

export interface EvaluatedAs {
  readonly stage: string;
  readonly label: string;
  readonly detector: string;
  readonly correct: boolean;
  readonly reason: string;
  readonly score: number | null;
  readonly heldOutScore: number | null;
  /** As JSON. */
  readonly detections: string;
}

export function ledgerBrowser(ledger: Ledger): Browser {
  const { sqlite } = ledger;
  return {
    candidates: candidateBrowser(ledger),
    pairs: pairBrowser(ledger),
    flips: flipBrowser(ledger),
    facets: facetsOf(ledger),
    evaluated: (id) => {
      const rows = sqlite.prepare(EVALUATED).all(id) as (Omit<EvaluatedAs, "correct"> & {
        correct: number;
      })[];
      return rows.map((row) => ({ ...row, correct: row.correct === 1 }));
    },
    alike: (id) => sqlite.prepare(ALIKE).pluck().all(id) as string[],
    version: () => sqlite.pragma("data_version", { simple: true }) as number,
  };
}

/** Goes by the prompt: items have no index by candidate. */
const EVALUATED = `SELECT e.stage_id AS stage, e.label, e.detector, i.correct, i.reason, i.score,
  i.held_out_score AS heldOutScore, i.detections
  FROM candidates c CROSS JOIN evaluations e JOIN evaluation_items i ON i.stage_id = e.stage_id AND i.prompt_id = c.prompt_id
  WHERE c.id = ? AND i.candidate_id = c.id ORDER BY e.label`;

const ALIKE = `SELECT o.id FROM candidates c JOIN candidates o ON o.grid = c.grid WHERE c.id = ? AND o.id <> c.id
  ORDER BY o.id LIMIT 100`;
