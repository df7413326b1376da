import type { LocalAnswer, LocalRequest } from "../../adapters/web/index.js";
import { ConfigError } from "../../errors.js";
import { REVIEW_ANSWERS, type ReviewAnswer } from "../../records/review.js";
import type { AgreementReport } from "./agreement.js";
import type { ReviewSession, ReviewView } from "./review-session.js";
import { reviewerName } from "./reviewer-name.js";

/** What the page asks for, answered by a session. */
export function reviewRoutes(params: {
  readonly session: ReviewSession;
  /** Who reviews unless the page says otherwise. */
  readonly reviewer: string;
  readonly agreement: () => AgreementReport;
}): (request: LocalRequest) => Promise<LocalAnswer> {
  const { session, agreement } = params;
  return async ({ method, path, query, body }) => {
    const route = `${method} ${path.split("/")[0]}`;
    if (route === "GET view") {
      return { json: await session.view(reviewerName(query.get("reviewer") ?? params.reviewer)) };
    }
    if (route === "GET agreement") return { json: agreement() };
    if (route === "GET images") return image(session, path);
    if (route !== "POST answer" && route !== "POST undo") return undefined;
    const said = saidIn(body);
    const view =
      route === "POST undo" ? await session.undo(said) : await session.answer({ ...said, ...answerIn(body) });
    return view ? { json: view } : { json: await staleView(session, said.reviewer), status: 409 };
  };
}

/** images/PAIR/CANDIDATE, images/PAIR/CANDIDATE/STEP or images/PAIR/CANDIDATE/whole */
async function image(session: ReviewSession, path: string): Promise<LocalAnswer> {
  const [, pair = "", candidate = "", part] = path.split("/");
  const isStep = part !== undefined && /^\d{1,3}$/.test(part);
  if (part !== undefined && part !== "whole" && !isStep) return undefined;
  const shown =
    part === "whole"
      ? await session.whole(pair, candidate)
      : await session.image(pair, candidate, isStep ? Number(part) : undefined);
  return shown && { image: shown.bytes, format: shown.format };
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
