import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type HubOptions,
  openHub,
  type Pulled,
  type Pushed,
  pullBundle,
  pushBundle,
  type RepositoryType,
  repositoryName,
} from "../adapters/hub/index.js";
import { openStore, type Store } from "../adapters/store/index.js";
import { CheckpointError } from "../errors.js";
import { BUNDLED_MODELS } from "../families/bundled.js";
import { workspacePaths } from "../paths.js";
import type { Bundle, BundleKind } from "../records/bundle.js";
import { folderOf } from "../stages/checkpoints/find-checkpoint.js";
import { checkpointRow } from "../stages/known-checkpoint.js";
import { checkpointBundle } from "../stages/publication/checkpoint-bundle.js";
import { cleanedBundle } from "../stages/publication/cleaned.js";
import { ownPlaces } from "../stages/publication/own-places.js";
import { pairsBundle } from "../stages/publication/pairs-bundle.js";
import { reportBundle } from "../stages/publication/report-bundle.js";
import { findStage } from "./find-stage.js";

/** How each kind is kept on the Hub: a report is a static page. */
const TYPES: Readonly<Record<BundleKind, RepositoryType>> = {
  pairs: "dataset",
  checkpoint: "model",
  report: "space",
};

export interface TransferOptions {
  readonly hub: HubOptions;
  readonly signal?: AbortSignal;
  /** Hears of each file that is in its place. */
  readonly onFile?: (path: string, state: string) => void;
  /** Hears of pauses that the Hub asks for. */
  readonly onWait?: (text: string) => void;
}

export interface PushRequest {
  readonly kind: BundleKind;
  /** Id of a pairs stage, id or name of a checkpoint, or name of a run. */
  readonly what: string;
  /** OWNER/NAME */
  readonly repository: string;
  readonly visibility: "private" | "public";
  readonly license: string | undefined;
  readonly workspace: string;
  /** Folder of the installed project, and of the bundled models. */
  readonly home: string;
  readonly models?: string;
}

/** Brings a pair set, a checkpoint or a report to the Hub; the same request goes on where it was interrupted. */
export async function push(request: PushRequest, options: TransferOptions): Promise<Pushed> {
  const repository = { type: TYPES[request.kind], name: repositoryName(request.repository) };
  const hub = openHub(options.hub, { signal: options.signal, onWait: options.onWait });
  const store = openStore(workspacePaths(request.workspace), { readOnly: true });
  try {
    const places = ownPlaces(store.workspace.root, request.home);
    const bundle = await cleanedBundle(await bundleOf(store, request, places), places);
    return await pushBundle(hub, repository, bundle, { ...options, visibility: request.visibility });
  } finally {
    store.close();
  }
}

export interface PullRequest {
  readonly kind: BundleKind;
  readonly repository: string;
  readonly folder: string;
  readonly revision: string;
}

/** Fetches into a folder what `push` brought to the Hub, each file checked against its hash. */
export function pull(request: PullRequest, options: TransferOptions): Promise<Pulled> {
  const { kind, folder, revision } = request;
  const repository = { type: TYPES[kind], name: repositoryName(request.repository) };
  return pullBundle(openHub(options.hub, { signal: options.signal, onWait: options.onWait }), repository, {
    ...options,
    kind,
    folder,
    revision,
  });
}

function bundleOf(store: Store, request: PushRequest, places: readonly string[]): Promise<Bundle> | Bundle {
  const { version } = JSON.parse(readFileSync(join(request.home, "package.json"), "utf8")) as {
    version: string;
  };
  const params = { store, version, license: request.license };
  if (request.kind === "pairs") return pairsBundle(findStage(store, request.what, "pairs"), params);
  if (request.kind === "report") return reportBundle(request.what, params);
  const checkpoint = store.checkpoints.find(request.what);
  if (checkpoint === undefined) {
    const known = store.checkpoints.list().map(({ name, id }) => `${name} (${id.slice(0, 12)})`);
    throw new CheckpointError(
      `Expected the id or name of a checkpoint in ${store.workspace.root}, got "${request.what}". Known: ${known.join(", ") || "none"}.`,
    );
  }
  const { kind, location, name } = checkpoint;
  if (kind === "outside")
    throw new CheckpointError(
      `${name} is a source of pictures whose weights are not here: expected a checkpoint of the workspace. Push a pair set of it: --kind pairs.`,
    );
  const folder = folderOf(location, { store, models: request.models ?? BUNDLED_MODELS });
  // What is pushed is what the ledger knows: every file is checked first.
  const { record } = checkpointRow(folder, kind, location);
  return checkpointBundle({ ...checkpoint, record }, { ...params, folder, places });
}
