import { HubApiError } from "@huggingface/hub";
import { HubError } from "../../errors.js";
import type { Hub } from "./hub.js";
import type { ModelName } from "./model-name.js";

/** Whether a model's owner lets in only who accepted its terms, at once or by hand. */
export type Gated = false | "auto" | "manual";

/** Runs a request about a model; a refusal says what it means and what to do. */
export async function explainedModel<Result>(
  { url, access }: Hub,
  name: ModelName,
  revision: string,
  gated: Gated,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const status = statusOf(error);
    if (status !== 401 && status !== 403 && status !== 404) throw error;
    const said = saidOf(error);
    const hasToken = access.accessToken !== undefined;
    if (gated || /gated|restricted|awaiting/i.test(said)) {
      throw new HubError(gatedText(`${url}/${name.repository}`, name, hasToken), { cause: error });
    }
    if (hasToken && /invalid (credentials|user token)/i.test(said)) {
      throw new HubError(
        `${url} does not know the token in HF_TOKEN: make another at ${url}/settings/tokens.`,
        {
          cause: error,
        },
      );
    }
    throw new HubError(missingText(url, name, revision, { said, hasToken }), { cause: error });
  }
}

function gatedText(page: string, { repository }: ModelName, hasToken: boolean): string {
  const token = hasToken
    ? "and see that the token in HF_TOKEN is of the account that accepted it and may read gated repositories"
    : "make a token of your account that may read it, and set the variable HF_TOKEN to it";
  return `${repository} is gated: accept its licence at ${page}, ${token}.`;
}

function missingText(
  url: string,
  { repository }: ModelName,
  revision: string,
  { said, hasToken }: { readonly said: string; readonly hasToken: boolean },
): string {
  if (/\brev(ision)?\b/i.test(said))
    return `${repository} has no revision "${revision}": see ${url}/${repository}.`;
  const private_ = hasToken
    ? "or it is private and the token in HF_TOKEN may not see it"
    : "or it is private and needs a token in the variable HF_TOKEN";
  return `There is no model ${repository} at ${url}, ${private_}. Check the name.`;
}

/** What to say of a model that is not in the cache when nothing may be fetched. */
export function offlineAndAbsent(
  { repository, folder }: ModelName,
  revision: string,
  cache: string,
): HubError {
  const place = folder === "" ? repository : `${repository}/${folder}`;
  return new HubError(
    `${place} at "${revision}" is not whole in ${cache}, and HF_HUB_OFFLINE forbids to fetch it. ` +
      "Unset that variable once, or bring the cache from a machine that has it.",
  );
}

function statusOf(error: unknown): number | undefined {
  const cause = error instanceof HubError ? error.cause : error;
  return cause instanceof HubApiError ? cause.statusCode : undefined;
}

function saidOf(error: unknown): string {
  const cause = error instanceof HubError ? error.cause : error;
  if (!(cause instanceof HubApiError)) return "";
  const { error: named, message } = cause.data ?? {};
  return [named, message].filter((text) => typeof text === "string").join(" ");
}
