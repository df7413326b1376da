import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { buildStudio } from "../../scripts/build/studio.js";

/** `espalier studio` in a process of its own. */
export interface StudioProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Ends it as Ctrl-C does; resolves to its exit code and what it said. */
  end(): Promise<{ readonly code: number | null; readonly errors: string }>;
}

/** Builds the pages where they are not, starts the studio of a workspace and waits until it can be opened. */
export async function startStudio(root: string): Promise<StudioProcess> {
  if ((await buildStudio()) !== 0) throw new Error("The studio's pages could not be built.");
  const words = [resolve("bin/espalier.js"), "studio", "--workspace", root];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  const closed = once(child, "close").then(([code]) => code as number | null);
  const url = await new Promise<string>((opened, failed) => {
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors += text;
      const found = /http:\S+/.exec(errors)?.[0];
      if (found !== undefined) opened(found);
    });
    void closed.then(() => failed(new Error(`espalier studio ended before it could be opened:\n${errors}`)));
  });
  const end = async () => {
    child.kill("SIGINT");
    return { code: await closed, errors };
  };
  return { url, child, end };
}
