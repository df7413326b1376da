import type { LocalAnswer, LocalRequest, LocalRoute } from "../../adapters/web/index.js";
import { ConfigError } from "../../errors.js";
import { REVIEW_ANSWERS, type ReviewAnswer } from "../../records/review.js";
import type { AgreementReport } from "./agreement.js";
import type { ReviewSession, ReviewView } from "./review-session.js";
import { reviewerName } from "./reviewer-name.js";

/** A pair set under review. */
export interface OpenReview {
  readonly session: ReviewSession;
  readonly agreement: () => AgreementReport;
}

/**
 * The page, and what it asks for. `below` is where it lies, "" or "review/:stage/"; `reviewOf` names the set that a
 * request is about, undefined where there is none of that name.
 */
export function reviewRoutes(params: {
  readonly below: string;
  readonly page: string;
  readonly reviewOf: (params: LocalRequest["params"]) => OpenReview | undefined;
  /** Who reviews unless the page says otherwise. */
  readonly reviewer: string;
}): LocalRoute[] {
  const { below, page, reviewer } = params;
  type Answer = (open: OpenReview, request: LocalRequest) => Promise<LocalAnswer> | LocalAnswer;
  const route = (method: LocalRoute["method"], path: string, answer: Answer): LocalRoute => ({
    method,
    path: `${below}${path}`,
    answer: (request) => {
      const open = params.reviewOf(request.params);
      return open && answer(open, request);
    },
  });
  return [
    route("GET", "", () => ({ page })),
    route("GET", "view", async ({ session }, { query }) => ({
      json: await session.view(reviewerName(query.get("reviewer") ?? reviewer)),
    })),
    route("GET", "agreement", ({ agreement }) => ({ json: agreement() })),
    route("GET", "images/:pair/:candidate", ({ session }, request) => image(session, request.params)),
    route("GET", "images/:pair/:candidate/:part", ({ session }, request) => image(session, request.params)),
    route("POST", "answer", async ({ session }, { body }) => {
      const said = saidIn(body);
      return viewOr(session, said, await session.answer({ ...said, ...answerIn(body) }));
    }),
    route("POST", "undo", async ({ session }, { body }) => {
      const said = saidIn(body);
      return viewOr(session, said, await session.undo(said));
    }),
  ];
}

/** `part` is absent, a step, or "whole". */
async function image(session: ReviewSession, params: LocalRequest["params"]): Promise<LocalAnswer> {
  const { pair = "", candidate = "", part } = params;
  const isStep = part !== undefined && /^\d{1,3}$/.test(part);
  if (part !== undefined && part !== "whole" && !isStep) return undefined;
  const shown =
    part === "whole"
      ? await session.whole(pair, candidate)
      : await session.image(pair, candidate, isStep ? Number(part) : undefined);
  return shown && { image: shown.bytes, format: shown.format };
}

async function viewOr(
  session: ReviewSession,
  { reviewer }: { readonly reviewer: string },
  view: ReviewView | undefined,
): Promise<LocalAnswer> {
  return view ? { json: view } : { json: await staleView(session, reviewer), status: 409 };
}

/** The page was not up to date: a key pressed twice, or another window of the same person. It is told how things stand. */
async function staleView(
  session: ReviewSession,
  reviewer: string,
): Promise<ReviewView & { readonly stale: true }> {
  return { ...(await session.view(reviewer)), stale: true };
}

function saidIn(body: unknown): { readonly reviewer: string; readonly after: number } {
  const { reviewer, after } = fields(body);
  if (typeof reviewer === "string" && typeof after === "number" && Number.isInteger(after)) {
    return { reviewer: reviewerName(reviewer), after };
  }
  throw new ConfigError(
    `Expected { reviewer, after } with a name and a whole number, got ${JSON.stringify(body)}.`,
  );
}

function answerIn(body: unknown): { readonly pair: string; readonly answer: ReviewAnswer } {
  const { pair, answer } = fields(body);
  const known = REVIEW_ANSWERS.find((one) => one === answer);
  if (typeof pair === "string" && known !== undefined) return { pair, answer: known };
  throw new ConfigError(
    `Expected { pair, answer } with an answer of ${REVIEW_ANSWERS.join(", ")}, got ${JSON.stringify(body)}.`,
  );
}

function fields(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
}
