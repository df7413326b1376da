import { existsSync } from "node:fs";
import { join } from "node:path";
import { openStore, type Store } from "../adapters/store/index.js";
import { serveLocally } from "../adapters/web/index.js";
import { ConfigError } from "../errors.js";
import { LAYOUT } from "../machine/layout.js";
import { workspacePaths } from "../paths.js";
import { studioImages } from "./images.js";
import { studioRoutes } from "./routes.js";

export interface StudioOptions {
  readonly workspace: string;
  /** Port on the loopback address; 0 takes a free one. */
  readonly port: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Hears the address once it can be opened. */
  readonly onOpen: (url: string) => void;
  /** Hears of failures that no page can mend. */
  readonly onError?: (error: unknown) => void;
}

/** Serves the studio of a workspace until the signal. Throws StoreError where there is none, ConfigError without built pages. */
export async function serveStudio(options: StudioOptions): Promise<void> {
  const { workspace, port, signal, onOpen, onError } = options;
  const paths = workspacePaths(workspace);
  const store = openStore(paths, { readOnly: true });
  let writer: Store | undefined;
  // What people say are rows of their own: whoever runs stages beside the pages is not in their way.
  const writing = () => {
    writer ??= openStore(paths, { lease: "never" });
    return writer;
  };
  const images = studioImages(store);
  try {
    const server = await serveLocally({
      routes: studioRoutes({ store, writing, images, workspace, signal }),
      files: builtPages(),
      port,
      ...(onError ? { onError } : {}),
    });
    onOpen(server.url);
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    await server.close();
  } finally {
    await images.close();
    writer?.close();
    store.close();
  }
}

function builtPages(): string {
  if (existsSync(join(LAYOUT.studioPages, "index.html"))) return LAYOUT.studioPages;
  throw new ConfigError(
    `The studio's pages are not built: expected ${LAYOUT.studioPages}. In a clone: node scripts/build/studio.js; ` +
      "an installed package has them, so install it again.",
  );
}
