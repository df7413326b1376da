import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError, EspalierError } from "../../errors.js";
import { LAYOUT, ROOT } from "../../machine/layout.js";

/** Our own code, and that of our libraries: what fails there is not the pipeline's to mend. */
const OURS = [...["src", "dist", "bin"].map((folder) => join(ROOT, folder)), LAYOUT.nodeModules];

/** The pipeline file that this process runs, absolute, and as messages name it. */
let running: { readonly file: string; readonly source: string } | undefined;

/** Called before a pipeline file is imported: from then on its code runs in this process. */
export function expectFaultsOf(file: string, source: string): void {
  running = { file, source };
}

/**
 * What a pipeline file throws when it is loaded already (a promise that nobody waits for, a timer), as a sentence about that
 * file; undefined for what is not its fault.
 */
export function pipelineFault(thrown: unknown): ConfigError | undefined {
  if (running === undefined || thrown instanceof EspalierError) return undefined;
  const { file, source } = running;
  const places = placesOf(thrown);
  const own = places.find((place) => place.startsWith(`${file}:`));
  // Our own code throws errors alone; one that comes from no file of ours comes from what the pipeline imports.
  const isForeign = !(thrown instanceof Error) || (places[0] !== undefined && !isOurs(places[0]));
  if (own === undefined && !isForeign) return undefined;
  const reason = (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\.$/, "");
  const where = own?.slice(file.length) ?? "";
  return new ConfigError(
    `Pipeline ${source}${where} failed after it was loaded: ${reason}. A promise or a timer in it failed and nothing caught that: ` +
      "await the promise, or catch what it throws, then give the same command again.",
    { cause: thrown },
  );
}

/** "/folder/file.ts:3:9" of each line of the stack, the innermost first. */
function placesOf(thrown: unknown): string[] {
  const lines = thrown instanceof Error ? (thrown.stack ?? "").split("\n    at ").slice(1) : [];
  return lines.flatMap((line) => {
    const place = /(file:\/\/\S+|[/\\]\S+|[A-Z]:\\\S+):(\d+):\d+\)?/.exec(line);
    if (place === null) return [];
    const [, path = "", row] = place;
    return [`${path.startsWith("file:") ? fileURLToPath(path.replace(/\?.*$/, "")) : path}:${row}`];
  });
}

function isOurs(place: string): boolean {
  return OURS.some((folder) => place.startsWith(folder));
}
