import type { Facets } from "../answers/candidates.ts";
import type { Comparison, Evaluations, Flip, FlipCounts, FlipPart } from "../answers/compare.ts";
import { useAnswer } from "./asking.ts";
import { percent, score, whole } from "./numbers.ts";
import { Choice, Typed } from "./parts/fields.tsx";
import { Filter, NO_TASK, taskOf } from "./parts/filters.tsx";
import { Pager } from "./parts/pager.tsx";
import { ShownImage } from "./parts/shown-image.tsx";
import { Known } from "./parts/state.tsx";
import { type Place, queryOf, refine, to } from "./place.ts";
import { WORDS } from "./words.ts";

const KINDS = ["flips", "lost", "won", "both-wrong", "both-right"] as const;
const ORDERS = ["most-lost", "most-won"] as const;

/** Any two evaluations: the difference with its interval, and every image of both side by side. */
export function ComparePage({ place }: { readonly place: Place }) {
  const asked = useAnswer<Evaluations>("api/evaluations");
  return (
    <>
      <h1>{WORDS.compare.title}</h1>
      <Known asked={asked}>
        {({ evaluations }) =>
          evaluations.length < 2 ? (
            <p class="aside">{WORDS.compare.empty}</p>
          ) : (
            <Compared place={place} evaluations={evaluations} />
          )
        }
      </Known>
    </>
  );
}

function Compared({ place, evaluations }: { readonly place: Place } & Evaluations) {
  const [first, last] = comparable(evaluations);
  const from = place.query.get("from") ?? first;
  const second = place.query.get("to") ?? last;
  const options = evaluations.map(
    ({ stage, run, label, images }) => [stage, `${label}, ${run} (${whole(images)})`] as const,
  );
  return (
    <>
      <form class="card filters" aria-label={WORDS.filter.title} onSubmit={(event) => event.preventDefault()}>
        <Choice
          label={WORDS.compare.from}
          value={from}
          options={options}
          onChange={(value) => refine(place, { from: value })}
        />
        <Choice
          label={WORDS.compare.to}
          value={second}
          options={options}
          onChange={(value) => refine(place, { to: value })}
        />
        <FlipFilters place={place} />
      </form>
      <Numbers from={from} to={second} />
      <Flips place={place} from={from} to={second} />
    </>
  );
}

/** Until somebody chooses: the first and the last of the largest group that looked at the same prompts. */
function comparable(evaluations: Evaluations["evaluations"]): readonly [string, string] {
  const groups = new Map<string, Evaluations["evaluations"]>();
  for (const one of evaluations) groups.set(one.promptSet, [...(groups.get(one.promptSet) ?? []), one]);
  const [largest = []] = [...groups.values()].sort((one, other) => other.length - one.length);
  const group = largest.length > 1 ? largest : evaluations;
  return [group[0]?.stage ?? "", group.at(-1)?.stage ?? ""];
}

function FlipFilters({ place }: { readonly place: Place }) {
  const facets = useAnswer<Facets>("api/facets");
  const tasks = (facets.answer?.tasks ?? []).map(({ task }) =>
    task === "" ? ([NO_TASK, WORDS.filter.noTask] as const) : ([task, task.replaceAll("_", " ")] as const),
  );
  const kinds = KINDS.map((kind) => [kind, WORDS.compare.kinds[kind]] as const);
  const orders = ORDERS.map((order) => [order, WORDS.compare.orders[order]] as const);
  const { prompt } = WORDS.compare.orders;
  return (
    <>
      <Filter place={place} name="kind" label={WORDS.compare.kind} options={kinds} />
      <Filter place={place} name="task" label={WORDS.filter.task} options={tasks} />
      <Typed
        label={WORDS.compare.reason}
        value={place.query.get("reason") ?? ""}
        onChange={(reason) => refine(place, { reason })}
      />
      <Typed
        label={WORDS.filter.text}
        value={place.query.get("text") ?? ""}
        onChange={(text) => refine(place, { text })}
      />
      <Filter place={place} name="order" label={WORDS.filter.order} options={orders} all={prompt} />
    </>
  );
}

function Numbers({ from, to: other }: { readonly from: string; readonly to: string }) {
  const asked = useAnswer<Comparison>(
    from === other ? null : `api/comparison?${queryOf({ from, to: other })}`,
    { live: false },
  );
  if (from === other) return <p class="note">{WORDS.compare.same}</p>;
  return (
    <Known asked={asked}>
      {({ rows, comparisons: [difference] }) => (
        <section class="card">
          {rows.map(({ name, overall, ci: [low, high], images }) => (
            <p key={name} class="row">
              <strong>{name}</strong>
              <span class="number">{percent(overall)}</span>
              <span class="aside">
                {WORDS.compare.interval(percent(low), percent(high))}, {WORDS.compare.images(whole(images))}
              </span>
            </p>
          ))}
          {difference === undefined ? null : (
            <p class="row">
              <strong>{WORDS.compare.difference}</strong>
              <span class={`number ${difference.ci[0] > 0 ? "gain" : difference.ci[1] < 0 ? "loss" : ""}`}>
                {points(difference.delta)}
              </span>
              <span class="aside">
                {WORDS.compare.interval(points(difference.ci[0]), points(difference.ci[1]))},{" "}
                {WORDS.compare.p(difference.p.toPrecision(2))}
              </span>
            </p>
          )}
        </section>
      )}
    </Known>
  );
}

/** In percentage points. */
function points(value: number): string {
  return `${value > 0 ? "+" : ""}${(100 * value).toFixed(1)}`;
}

function Flips({
  place,
  from,
  to: other,
}: {
  readonly place: Place;
  readonly from: string;
  readonly to: string;
}) {
  const given = ["kind", "text", "reason"].map((name) => [name, place.query.get(name) ?? undefined] as const);
  const task = taskOf(place);
  const filter = `${queryOf({ ...Object.fromEntries(given), from, to: other })}${task === undefined ? "" : `&task=${encodeURIComponent(task)}`}`;
  const [order, after] = ["order", "after"].map((name) => place.query.get(name) ?? undefined);
  const part = useAnswer<FlipPart>(`api/flips?${filter}&${queryOf({ order, after, limit: "30" })}`);
  const counted = useAnswer<FlipCounts>(`api/flips/count?${filter}`);
  const totals = new Map<string, number>();
  for (const { kind, images } of counted.answer?.counts ?? [])
    totals.set(kind, (totals.get(kind) ?? 0) + images);
  const words = [...totals].map(
    ([kind, images]) => `${WORDS.compare.kinds[kind as Flip["kind"]]} ${whole(images)}`,
  );
  return (
    <>
      <p class="aside" role="status">
        {words.join(", ")}
      </p>
      <Known asked={part}>
        {({ rows, next }) =>
          rows.length === 0 ? (
            <p class="aside">{WORDS.list.empty}</p>
          ) : (
            <>
              <div class="grid wide">
                {rows.map((flip) => (
                  <FlipTile key={`${flip.promptId} ${flip.sample}`} flip={flip} />
                ))}
              </div>
              <Pager place={place} next={next} />
            </>
          )
        }
      </Known>
    </>
  );
}

function FlipTile({ flip }: { readonly flip: Flip }) {
  return (
    <article class="tile">
      <div class="two">
        <Side side={flip.from} prompt={flip.prompt} />
        <Side side={flip.to} prompt={flip.prompt} />
      </div>
      <span class="prompt">{flip.prompt}</span>
      <span class="row">
        <span class={`badge ${flip.kind === "lost" ? "failed" : flip.kind === "won" ? "finished" : ""}`}>
          {WORDS.compare.kinds[flip.kind]}
        </span>
        <span class="aside">{flip.task?.replaceAll("_", " ")}</span>
      </span>
    </article>
  );
}

function Side({ side, prompt }: { readonly side: Flip["from"]; readonly prompt: string }) {
  const said = side.correct ? WORDS.picture.right : WORDS.picture.wrong;
  return (
    <a href={to(["candidates", side.candidateId])}>
      <ShownImage id={side.candidateId} alt={`${said}: ${prompt}`} side={256} />
      <strong class={side.correct ? "gain" : "loss"}>{said}</strong>
      {side.score === null ? null : <span class="number"> {score(side.score)}</span>}
      {side.reason === "" ? null : <small class="pre">{side.reason}</small>}
    </a>
  );
}
