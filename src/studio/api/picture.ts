import type { LocatedCandidate, Store } from "../../adapters/store/index.js";
import { picture } from "../answers/picture.js";
import type { Studio } from "../studio.js";
import { type Endpoint, endpoint } from "./endpoint.js";
import type { JudgeBook } from "./judge-book.js";
import { nameOf } from "./names.js";
import { typed } from "./runs.js";

/** All that is known of one candidate. */
export function pictureEndpoints(studio: Studio, book: JudgeBook): Endpoint[] {
  const { store } = studio;
  return [
    endpoint({
      path: "candidates/:id",
      about:
        "One candidate, by its whole id or its first digits: prompt, seed, verdicts with their judges, what detectors saw, its pairs, people's marks, commands.",
      answered: picture,
      answer: (_, { id = "" }) => {
        const found = store.candidates.find(id);
        if (found === undefined) return undefined;
        const { seed, status, reason, steps, settings, forks, metadata } = found;
        const known = {
          id: found.id,
          seed,
          status,
          reason,
          steps,
          settings: settings ? { ...settings } : null,
        };
        return {
          ...known,
          forks: [...(forks ?? [])],
          metadata: { ...metadata },
          ...pictureOf(found),
          prompt: promptOf(store, found.promptId),
          source: { id: found.checkpoint, name: nameOf(store, found.checkpoint) },
          verdicts: verdictsOf(store, book, found.id),
          evaluations: evaluationsOf(store, found.id),
          pairs: store.browse.pairs.withCandidate(found.id),
          alike: store.browse.alike(found.id),
          marks: store.marks.of(found.id),
          commands: {
            show: typed(studio, "show", found.id),
            replay: found.picture === undefined ? typed(studio, "replay", found.id) : null,
          },
        };
      },
    }),
  ];
}

function pictureOf({ picture: shown }: LocatedCandidate) {
  if (shown === undefined) return { size: null, file: null };
  return { size: { width: shown.width, height: shown.height }, file: shown.place };
}

function promptOf(store: Store, id: string) {
  const prompt = store.prompts.find(id);
  return { id, text: prompt?.text ?? "", task: prompt?.metadata?.tag ?? null };
}

function verdictsOf(store: Store, book: JudgeBook, id: string) {
  return store.verdicts.ofCandidate(id).map(({ judge, question, step, verdict }) => ({
    ...{ judge, question, step, kind: verdict.kind },
    ...book.of(judge, question),
    score: verdict.kind === "scored" ? verdict.score : null,
    reason: verdict.kind === "failed" ? verdict.reason : null,
    parts: verdict.kind === "scored" ? [...(verdict.parts ?? [])] : [],
  }));
}

function evaluationsOf(store: Store, id: string) {
  return store.browse.evaluated(id).map(({ detector, detections, ...item }) => ({
    ...item,
    decidedBy: nameOf(store, detector),
    detections: JSON.parse(detections),
  }));
}
