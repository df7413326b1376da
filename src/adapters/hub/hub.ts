import { createRepo, HubApiError, listFiles } from "@huggingface/hub";
import { HubError } from "../../errors.js";
import { type Fetch, PATIENCE, type Patience, patientFetch } from "./patient-fetch.js";

export type RepositoryType = "dataset" | "model" | "space";

/** A repository by its owner and name, `ann/red-stars`. */
export interface Repository {
  readonly type: RepositoryType;
  readonly name: string;
}

export interface HubOptions {
  /** Where the Hub is: `https://huggingface.co`. */
  readonly url: string;
  /** An access token; undefined reads what is public. */
  readonly token: string | undefined;
  readonly patience?: Partial<Patience>;
}

/** A Hub that was checked for what is sent to it; pass it to `pushBundle` and `pullBundle`. */
export interface Hub {
  readonly url: string;
  readonly fetch: Fetch;
  /** Address and token as the library takes them. */
  readonly access: { readonly hubUrl: string; readonly fetch: Fetch; readonly accessToken?: string };
}

/** Throws HubError for an address or a token that cannot be right, before anything is sent. */
export function openHub({ url, token, patience }: HubOptions, more: Partial<Patience> = {}): Hub {
  const fetch = patientFetch(globalThis.fetch, { ...PATIENCE, ...patience, ...more });
  const { protocol, hostname } = parsed(url);
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  if (protocol !== "https:" && !isLocal) {
    throw new HubError(
      `Expected the Hub at an https address, so that nobody on the way reads the token; got ${url}.`,
    );
  }
  if (token !== undefined && !/^hf_\w+$/.test(token)) {
    throw new HubError(
      "Expected the variable HF_TOKEN to hold an access token of the Hub, which begins with hf_.",
    );
  }
  const hubUrl = url.replace(/\/+$/, "");
  return { url: hubUrl, fetch, access: { hubUrl, fetch, ...(token ? { accessToken: token } : {}) } };
}

/** Reads `owner/name`. Throws HubError. */
export function repositoryName(typed: string): string {
  if (/^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(typed) && !typed.includes("..")) return typed;
  throw new HubError(`Expected a repository as OWNER/NAME, got "${typed}".`);
}

/** Makes the repository unless it is there. What exists keeps its visibility. */
export async function ensureRepository(
  hub: Hub,
  repository: Repository,
  visibility: "private" | "public",
): Promise<void> {
  const { accessToken } = hub.access;
  if (accessToken === undefined) {
    throw new HubError(
      "Expected an access token in the variable HF_TOKEN: nothing can be pushed without one. " +
        "Make one with write access at https://huggingface.co/settings/tokens.",
    );
  }
  const asked = { ...hub.access, accessToken, repo: repository, visibility };
  await explained("making the repository", repository, () => createRepo(asked)).catch((error: unknown) => {
    // The name is taken: by this very repository, or the next request says otherwise.
    if (!(error instanceof HubError && statusOf(error) === 409)) throw error;
  });
}

/** What the repository holds of one file. */
export interface RemoteFile {
  readonly size: number;
  /** Of the content, where the Hub keeps it apart (LFS); else undefined. */
  readonly sha256?: string;
  /** Of the git blob. */
  readonly gitHash?: string;
}

/** The files of a repository by path. */
export async function remoteFiles(
  hub: Hub,
  repository: Repository,
  revision = "main",
): Promise<Map<string, RemoteFile>> {
  const files = new Map<string, RemoteFile>();
  await explained("listing its files", repository, async () => {
    for await (const entry of listFiles({ ...hub.access, repo: repository, recursive: true, revision })) {
      if (entry.type !== "file") continue;
      const { size, lfs, oid } = entry;
      files.set(entry.path, {
        size: lfs?.size ?? size,
        ...(lfs ? { sha256: lfs.oid.replace(/^sha256:/, "") } : {}),
        ...(oid && !lfs ? { gitHash: oid } : {}),
      });
    }
  });
  return files;
}

/** Runs a request of the library; what goes wrong is said in our words, without signed addresses. */
export async function explained<Result>(
  what: string,
  { name, type }: Repository,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof HubError || !(cause instanceof HubApiError)) throw cause;
    const said = typeof cause.data?.["error"] === "string" ? ` (${cause.data["error"]})` : "";
    const cure = CURES[cause.statusCode] ?? "Run the command again: what was sent is kept.";
    throw new HubError(
      `${name} (${type}): ${what} failed, the Hub answered ${cause.statusCode}${said}. ${cure}`,
      { cause },
    );
  }
}

function statusOf({ cause }: HubError): number | undefined {
  return cause instanceof HubApiError ? cause.statusCode : undefined;
}

const CURES: Readonly<Record<number, string>> = {
  401: "Expected a valid access token in the variable HF_TOKEN.",
  403: "The token in HF_TOKEN may not do this: give it write access to this repository.",
  404: "There is no such repository, or the token may not see it.",
  429: "The Hub had too many requests for too long: run the command again later; what was sent is kept.",
};

function parsed(url: string): URL {
  try {
    return new URL(url);
  } catch (cause) {
    throw new HubError(`Expected the address of a Hub in the variable HF_ENDPOINT, got "${url}".`, { cause });
  }
}
