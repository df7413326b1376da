import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pairFiles } from "../../adapters/arrow/index.js";
import { openStore, type StageRow, type Store } from "../../adapters/store/index.js";
import { serveLocally } from "../../adapters/web/index.js";
import { StoreError } from "../../errors.js";
import { workspacePaths } from "../../paths.js";
import { pictureBytes } from "../../pictures/picture-bytes.js";
import type { ReviewOrder } from "../../records/review.js";
import { type AgreementReport, agreementOf } from "../../stages/review/agreement.js";
import { type OpenReview, reviewRoutes } from "../../stages/review/review-routes.js";
import { openReviewSession } from "../../stages/review/review-session.js";
import { reviewerName } from "../../stages/review/reviewer-name.js";
import { findStage } from "../find-stage.js";

/** The page, one file. */
export function reviewPage(): string {
  return readFileSync(join(import.meta.dirname, "../../stages/review/page.html"), "utf8");
}

export interface ReviewOptions {
  readonly workspace: string;
  /** Who reviews until the page says otherwise. */
  readonly reviewer: string;
  readonly order: ReviewOrder;
  /** Port on the loopback address; 0 takes a free one. */
  readonly port: number;
  /** Ends the review. */
  readonly signal: AbortSignal;
  /** Hears the page's address once it can be opened. */
  readonly onOpen: (url: string) => void;
  /** Hears of failures that the page cannot mend. */
  readonly onError?: (error: unknown) => void;
}

/** What people said of a pair set, so far. */
export interface ReviewOutcome extends AgreementReport {
  /** The pairs stage. */
  readonly stage: string;
  /** Pairs of the set. */
  readonly pairs: number;
}

/** Serves the review of a pair set (a stage's id or its first digits) until the signal, then says how far people agree. */
export async function reviewPairs(pairs: string, options: ReviewOptions): Promise<ReviewOutcome> {
  const { workspace, order, port, signal, onOpen, onError } = options;
  const reviewer = reviewerName(options.reviewer);
  // Answers are rows of their own: whoever runs stages beside the page is not in their way.
  const store = openStore(workspacePaths(workspace), { lease: "never" });
  try {
    const stage = findStage(store, pairs, "pairs");
    if (store.shards.progress(stage.id).rows === 0)
      throw new StoreError(`Pairs ${stage.id} hold no pair: there is nothing to review.`);
    const open = openReview(store, stage, order);
    const server = await serveLocally({
      routes: reviewRoutes({ below: "", page: reviewPage(), reviewOf: () => open, reviewer }),
      port,
      ...(onError ? { onError } : {}),
    });
    onOpen(server.url);
    await aborted(signal);
    await server.close();
    return { stage: stage.id, pairs: store.shards.progress(stage.id).rows, ...open.agreement() };
  } finally {
    store.close();
  }
}

/** A pair set as people answer on it. The store must be one that writes. */
export function openReview(store: Store, pairs: StageRow, order: ReviewOrder): OpenReview {
  const files = pairFiles(store.workspace.root, pictureBytes(store));
  return {
    session: openReviewSession({ store, pairs, files, order }),
    agreement: () => agreementOf(store.reviews.reviewed(pairs.id)),
  };
}

/** How far people agree on a pair set, without asking anyone. */
export function agreementOn(pairs: string, workspace: string): ReviewOutcome {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    const stage = findStage(store, pairs, "pairs");
    const report = agreementOf(store.reviews.reviewed(stage.id));
    return { stage: stage.id, pairs: store.shards.progress(stage.id).rows, ...report };
  } finally {
    store.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
