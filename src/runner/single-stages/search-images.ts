import { join } from "node:path";
import { encodePng, pngDataUrl } from "../../adapters/images/index.js";
import type { StageRow } from "../../adapters/store/index.js";
import type { SearchVerifier } from "../../config/schema/verifier.js";
import { commandLine } from "../../records/command-line.js";
import type { ImageHandle } from "../../records/image.js";
import type { Judge } from "../../records/seams.js";
import { strategyOf, verifierLabel } from "../../search/verifiers.js";
import { searchImages } from "../../stages/search/search-images.js";
import { type TracedSearch, traceSearch } from "../../stages/search/trace.js";
import { tracePage } from "../../stages/search/trace-page.js";
import { settledVerifier } from "../models/settled-verifier.js";
import { verifierJudge } from "../models/verifier-judge.js";
import { writeWhole } from "../run/round-manifest.js";
import { promptsOf, withPrompts } from "./stage-prompts.js";
import { inStageSession, type StageSession, type StageSessionOptions } from "./stage-session.js";

export interface SearchRequest {
  readonly file: string;
  /** Prompts at most. */
  readonly limit: number | null;
  /** Images of each prompt. */
  readonly perPrompt: number;
  readonly verifier: SearchVerifier;
  /** Whether to draw what happened. */
  readonly trace: boolean;
}

/** Searches a trace page shows; it holds an image for every question that was asked. */
const MOST_TRACED = 12;

/** Searches images of the prompts of a file; `trace` is the page that shows how, when it was asked for. */
export async function search(
  request: SearchRequest,
  options: StageSessionOptions,
): Promise<{ stage: StageRow; trace: string | null }> {
  let trace: string | null = null;
  const stage = await inStageSession(options, async (session) => {
    const { models, place, config } = session;
    const { perPrompt } = request;
    const judge = (await verifierJudge(models, request.verifier)) as Judge;
    const verifier = settledVerifier(request.verifier, judge, place);
    const prompts = await promptsOf(session, request.file, request.limit);
    const source = models.source(models.base);
    const { seed, shardImages } = config;
    const purpose = "by hand";
    const found = await searchImages(withPrompts(place, { name: "prompts", prompts, origin: request.file }), {
      ...{ prompts, perPrompt, verifier, source, judge, seed, purpose, shardImages },
    });
    if (request.trace) trace = await writeTrace(session, found, verifier, judge);
    return found;
  });
  return { stage, trace };
}

/** The command that lists every search of a stage with the image that it chose. */
export function searchesOf(stage: string, count: number, workspace: string): string {
  const query = `SELECT prompt_id, chosen_id, reason FROM searches WHERE stage_id = '${stage}'`;
  return commandLine(["sql", query, "--limit", String(count)], workspace);
}

/** Writes reports/trace-STAGE.html and returns its path. */
async function writeTrace(
  { store, models, place }: StageSession,
  stage: StageRow,
  verifier: SearchVerifier,
  judge: Judge,
): Promise<string> {
  const rows = [...store.searches.iterate(stage.id)];
  const shown = rows.slice(0, MOST_TRACED);
  const task = place.progress.start("trace", shown.length, "searches");
  const traced: TracedSearch[] = [];
  for (const row of shown) {
    const source = models.source(models.base);
    traced.push(
      await traceSearch(store, row, { source, judge: judge.identity, strategy: strategyOf(verifier, 0) }),
    );
    task.advance(1);
  }
  task.end();
  const whole = searchesOf(stage.id, rows.length, store.workspace.root);
  const facts = { verifier: verifierLabel(verifier), searches: rows.length, whole };
  const file = join(store.workspace.reports, `trace-${stage.id}.html`);
  writeWhole(file, await tracePage(traced, facts, thumbnail));
  return file;
}

async function thumbnail(image: ImageHandle): Promise<string> {
  return pngDataUrl(await encodePng(await image.pixels()));
}
