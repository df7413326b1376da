import type { CandidatePart, CandidateRow, Facets } from "../answers/candidates.ts";
import { useAnswer } from "./asking.ts";
import { score, whole } from "./numbers.ts";
import { Tick } from "./parts/fields.tsx";
import { CandidateFilters, taskOf } from "./parts/filters.tsx";
import { MarkedGrid } from "./parts/marked-grid.tsx";
import { MarkBadges } from "./parts/marks.tsx";
import { ShownImage } from "./parts/shown-image.tsx";
import { Known } from "./parts/state.tsx";
import { type Place, queryOf, refine, to } from "./place.ts";
import { WORDS } from "./words.ts";

const GIVEN = ["stage", "source", "text", "status", "mark", "least", "most", "repeated", "prompt"];

/** Candidates as a grid of images, a part at a time. */
export function CandidatesPage({ place }: { readonly place: Place }) {
  const facets = useAnswer<Facets>("api/facets");
  const filter = facets.answer === undefined ? null : filterOf(place, facets.answer);
  const order = place.query.get("order") ?? undefined;
  const after = place.query.get("after") ?? undefined;
  const task = taskOf(place);
  const withTask = task === undefined ? "" : `&task=${encodeURIComponent(task)}`;
  const part = useAnswer<CandidatePart>(
    filter === null ? null : `api/candidates?${queryOf({ ...filter, order, after })}${withTask}`,
  );
  const counted = useAnswer<{ count: number }>(
    filter === null ? null : `api/candidates/count?${queryOf(filter)}${withTask}`,
  );
  return (
    <>
      <h1>{WORDS.candidates.title}</h1>
      <Known asked={facets}>
        {(known) => (
          <form
            class="card filters"
            aria-label={WORDS.filter.title}
            onSubmit={(event) => event.preventDefault()}
          >
            <CandidateFilters place={place} facets={known} />
            <Tick
              label={WORDS.filter.repeated}
              checked={place.query.get("repeated") === "yes"}
              onChange={(isOn) => refine(place, { repeated: isOn ? "yes" : undefined })}
            />
            <a href={to(["candidates"])}>{WORDS.filter.clear}</a>
          </form>
        )}
      </Known>
      <p class="aside" role="status">
        {counted.answer === undefined ? "" : `${WORDS.list.candidates(whole(counted.answer.count))}. `}
        {WORDS.marks.keys}
      </p>
      <Known asked={part}>
        {({ rows, next }) => (
          <MarkedGrid kind="candidate" title={WORDS.candidates.title} place={place} next={next}>
            {rows.map((row) => (
              <CandidateTile key={row.id} row={row} />
            ))}
          </MarkedGrid>
        )}
      </Known>
    </>
  );
}

/** The first judge scores until somebody chooses another. */
function filterOf(place: Place, { scores }: Facets): Record<string, string | undefined> {
  const [first] = scores;
  const asked = place.query.get("score");
  const [question, judge] = asked ? asked.split(/ (.*)/s) : [first?.question, first?.judge];
  const given = GIVEN.map((name) => [name, place.query.get(name) ?? undefined] as const);
  const filter = Object.fromEntries(given);
  // What is sorted by a score has one: the count says so too.
  const isByScore = ["lowest", "highest"].includes(place.query.get("order") ?? "");
  return { ...filter, judge, question, least: filter["least"] ?? (isByScore ? "0" : undefined) };
}

export function CandidateTile({ row }: { readonly row: CandidateRow }) {
  return (
    <a class={`tile ${row.decision ?? ""}`} href={to(["candidates", row.id])} data-subject={row.id}>
      <ShownImage id={row.id} alt={WORDS.list.image(row.prompt)} side={256} />
      <span class="prompt">{row.prompt}</span>
      <span class="row">
        {row.score === null ? null : <span class="number">{score(row.score)}</span>}
        {row.status === "dropped" ? <span class="badge stopped">{WORDS.statuses.dropped}</span> : null}
        <MarkBadges row={row} />
      </span>
    </a>
  );
}
