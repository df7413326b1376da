import type { Facets } from "../answers/candidates.ts";
import type { PairPart, PairRow } from "../answers/pairs.ts";
import { useAnswer } from "./asking.ts";
import { score, whole } from "./numbers.ts";
import { PairFilters, taskOf } from "./parts/filters.tsx";
import { MarkedGrid } from "./parts/marked-grid.tsx";
import { MarkBadges } from "./parts/marks.tsx";
import { ShownImage } from "./parts/shown-image.tsx";
import { Known } from "./parts/state.tsx";
import { type Place, queryOf, to } from "./place.ts";
import { WORDS } from "./words.ts";

const GIVEN = ["stage", "text", "policy", "review", "mark", "least", "most", "prompt"];

/** Pairs, chosen beside rejected, a part at a time. */
export function PairsPage({ place }: { readonly place: Place }) {
  const facets = useAnswer<Facets>("api/facets");
  const filter = Object.fromEntries(GIVEN.map((name) => [name, place.query.get(name) ?? undefined]));
  const task = taskOf(place);
  const withTask = task === undefined ? "" : `&task=${encodeURIComponent(task)}`;
  const [order, after] = ["order", "after"].map((name) => place.query.get(name) ?? undefined);
  const part = useAnswer<PairPart>(`api/pairs?${queryOf({ ...filter, order, after })}${withTask}`);
  const counted = useAnswer<{ count: number }>(`api/pairs/count?${queryOf(filter)}${withTask}`);
  return (
    <>
      <h1>{WORDS.pairs.title}</h1>
      <Known asked={facets}>
        {(known) => (
          <form
            class="card filters"
            aria-label={WORDS.filter.title}
            onSubmit={(event) => event.preventDefault()}
          >
            <PairFilters place={place} facets={known} />
            <a href={to(["pairs"])}>{WORDS.filter.clear}</a>
          </form>
        )}
      </Known>
      <p class="aside" role="status">
        {counted.answer === undefined ? "" : `${WORDS.list.pairs(whole(counted.answer.count))}. `}
        {WORDS.marks.keys}
      </p>
      <Known asked={part}>
        {({ rows, next }) => (
          <MarkedGrid kind="pair" title={WORDS.pairs.title} isWide place={place} next={next}>
            {rows.map((row) => (
              <PairTile key={`${row.stage} ${row.id}`} row={row} />
            ))}
          </MarkedGrid>
        )}
      </Known>
    </>
  );
}

export function PairTile({ row }: { readonly row: PairRow }) {
  const side = (role: "chosen" | "rejected", id: string, value: number) => (
    <a href={to(["candidates", id])} class={role}>
      <ShownImage id={id} alt={`${WORDS.pairs[role]}: ${row.prompt}`} side={256} />
      <span class="row">
        <span>{WORDS.pairs[role]}</span> <span class="number">{score(value)}</span>
      </span>
    </a>
  );
  return (
    <article class={`tile ${row.decision ?? ""}`} tabIndex={0} data-subject={row.id} aria-label={row.prompt}>
      <div class="two">
        {side("chosen", row.chosenId, row.chosenScore)}
        {side("rejected", row.rejectedId, row.rejectedScore)}
      </div>
      <span class="prompt">{row.prompt}</span>
      <span class="row">
        <span class="number">{WORDS.pairs.margin(score(row.margin))}</span>
        <span class="aside">{row.policy}</span>
        {row.sharedSteps === null ? null : <span class="aside">{WORDS.pairs.shared(row.sharedSteps)}</span>}
        {row.review === "unreviewed" ? null : <span class="badge">{WORDS.reviews[row.review]}</span>}
        <MarkBadges row={row} />
      </span>
    </article>
  );
}
