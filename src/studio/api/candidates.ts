import { z } from "zod";
import type { CandidateFilter, Store } from "../../adapters/store/index.js";
import { candidateFilter, candidatePart, candidateQuery, count, facets } from "../answers/candidates.js";
import { pairFilter, pairPart, pairQuery } from "../answers/pairs.js";
import type { Studio } from "../studio.js";
import { cursorOf, partAnswer } from "./cursor.js";
import { type Endpoint, endpoint } from "./endpoint.js";
import type { JudgeBook } from "./judge-book.js";
import { nameOf } from "./names.js";

/** Lists of candidates and pairs, filtered and sorted, part by part. */
export function listEndpoints({ store }: Studio, book: JudgeBook): Endpoint[] {
  return [
    endpoint({
      path: "facets",
      about:
        "What candidates and pairs can be filtered by: judges, tasks, sources, policies and the stages that store them.",
      answered: facets,
      answer: () => {
        const found = store.browse.facets();
        return {
          scores: found.scores.map((one) => ({
            ...one,
            judgeName: book.of(one.judge, one.question).judgeName,
          })),
          tasks: [...found.tasks],
          sources: found.sources.map((source) => ({ ...source, name: nameOf(store, source.id) })),
          policies: [...found.policies],
          stages: stagesOf(store),
        };
      },
    }),
    ...candidateLists(store),
    ...pairLists(store),
  ];
}

function candidateLists(store: Store): Endpoint[] {
  return [
    endpoint({
      path: "candidates",
      about:
        "Candidates that fit a filter, part by part, in the order they were stored or by a judge's score.",
      asked: candidateQuery,
      answered: candidatePart,
      answer: ({ order, limit, after, ...filter }) =>
        partAnswer(store.browse.candidates.list(filterOf(filter), { order, limit, after: cursorOf(after) })),
    }),
    endpoint({
      path: "candidates/count",
      about: "How many candidates fit a filter.",
      asked: z.object(candidateFilter),
      answered: count,
      answer: (filter) => ({ count: store.browse.candidates.count(filterOf(filter)) }),
    }),
  ];
}

function pairLists(store: Store): Endpoint[] {
  return [
    endpoint({
      path: "pairs",
      about: "Pairs that fit a filter, part by part, in the order they were stored or by their margin.",
      asked: pairQuery,
      answered: pairPart,
      answer: ({ order, limit, after, ...filter }) =>
        partAnswer(store.browse.pairs.list(filter, { order, limit, after: cursorOf(after) })),
    }),
    endpoint({
      path: "pairs/count",
      about: "How many pairs fit a filter.",
      asked: z.object(pairFilter),
      answered: count,
      answer: (filter) => ({ count: store.browse.pairs.count(filter) }),
    }),
  ];
}

type AskedFilter = z.output<z.ZodObject<typeof candidateFilter>>;

/** Bounds without a judge to name the score say nothing. */
function filterOf({ judge, question, repeated, least, most, ...filter }: AskedFilter): CandidateFilter {
  const score = judge === undefined ? {} : { score: { judge, question }, least, most };
  return { ...filter, ...score, repeated: repeated === "yes" };
}

/** Stages that store candidates or pairs, as people choose among them. */
function stagesOf(store: Store) {
  const stages = store.stages.all();
  return stages
    .filter(({ name }) => !/^(prompts|scores|training|judge)/.test(name))
    .map(({ id, runId, round, name }) => ({
      ...{ id, run: runId, round, name },
      rows: store.shards.progress(id).rows,
    }));
}
