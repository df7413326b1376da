import type { Store } from "../adapters/store/index.js";
import type { StudioImages } from "./images.js";

/** What the answers of the studio are made from. */
export interface Studio {
  /** Reads alone. */
  readonly store: Store;
  /** For what people say: opened when somebody first says something. It never holds the lease. */
  readonly writing: () => Store;
  readonly images: StudioImages;
  /** Folder of the workspace, as the user named it. */
  readonly workspace: string;
  /** Aborted at the end. */
  readonly signal: AbortSignal;
}
