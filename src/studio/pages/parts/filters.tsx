import type { Facets } from "../../answers/candidates.ts";
import { short, whole } from "../numbers.ts";
import { type Place, refine } from "../place.ts";
import { WORDS } from "../words.ts";
import { Choice, Typed } from "./fields.tsx";

type Options = readonly (readonly [value: string, shown: string])[];

/** How "no task" stands in an address, where an empty word says nothing. */
export const NO_TASK = "-";

/** The task of a filter as the server is asked for it; undefined for all. */
export function taskOf(place: Place): string | undefined {
  const task = place.query.get("task") ?? "";
  return task === NO_TASK ? "" : task || undefined;
}

/** A filter of a page, kept in its address. */
export function Filter({
  place,
  name,
  label,
  options,
  all = WORDS.all,
}: {
  readonly place: Place;
  readonly name: string;
  readonly label: string;
  readonly options: Options;
  readonly all?: string;
}) {
  return (
    <Choice
      label={label}
      value={place.query.get(name) ?? ""}
      options={[["", all], ...options]}
      onChange={(value) => refine(place, { [name]: value })}
    />
  );
}

/** Filters that candidates and pairs have in common. */
export function CommonFilters({
  place,
  facets,
  kind,
}: {
  readonly place: Place;
  readonly facets: Facets;
  readonly kind: "candidates" | "pairs";
}) {
  const stages = facets.stages.filter(({ name }) => name.startsWith("pairs") === (kind === "pairs"));
  const stageOptions = stages.map((stage) => {
    const round = WORDS.runs.round(stage.round);
    return [
      stage.id,
      `${stage.run}, ${round}: ${stage.name.replaceAll("-", " ")} (${whole(stage.rows)})`,
    ] as const;
  });
  const tasks = facets.tasks.map(({ task }) =>
    task === "" ? ([NO_TASK, WORDS.filter.noTask] as const) : ([task, task.replaceAll("_", " ")] as const),
  );
  const marks = (["keep", "drop", "flagged", "noted", "unmarked"] as const).map(
    (one) => [one, WORDS.marks[one]] as const,
  );
  return (
    <>
      <Typed
        label={WORDS.filter.text}
        value={place.query.get("text") ?? ""}
        onChange={(text) => refine(place, { text })}
      />
      <Filter place={place} name="stage" label={WORDS.filter.stage} options={stageOptions} />
      <Filter place={place} name="task" label={WORDS.filter.task} options={tasks} />
      <Filter place={place} name="mark" label={WORDS.filter.mark} options={marks} />
    </>
  );
}

export function CandidateFilters({ place, facets }: { readonly place: Place; readonly facets: Facets }) {
  const sources = facets.sources.map(
    ({ id, name, candidates }) => [id, `${short(name)} (${whole(candidates)})`] as const,
  );
  const scores = facets.scores.map(
    ({ judge, question, judgeName }) =>
      [`${question} ${judge}`, WORDS.filter.question(short(judgeName), question)] as const,
  );
  const hasScore = place.query.get("score") !== null || facets.scores.length > 0;
  const orders = hasScore ? (["newest", "lowest", "highest"] as const) : (["newest"] as const);
  const statuses = (["finished", "dropped"] as const).map((one) => [one, WORDS.statuses[one]] as const);
  return (
    <>
      <CommonFilters place={place} facets={facets} kind="candidates" />
      <Filter place={place} name="source" label={WORDS.filter.source} options={sources} />
      <Filter place={place} name="status" label={WORDS.filter.status} options={statuses} />
      <Filter
        place={place}
        name="score"
        label={WORDS.filter.score}
        options={scores.slice(1)}
        all={scores[0]?.[1] ?? WORDS.filter.noScore}
      />
      <Range place={place} />
      <Order place={place} orders={orders} />
    </>
  );
}

export function PairFilters({ place, facets }: { readonly place: Place; readonly facets: Facets }) {
  const policies = facets.policies.map(
    ({ policy, pairs }) => [policy, `${policy} (${whole(pairs)})`] as const,
  );
  const reviews = (["unreviewed", "accepted", "rejected", "swapped"] as const).map(
    (one) => [one, WORDS.reviews[one]] as const,
  );
  return (
    <>
      <CommonFilters place={place} facets={facets} kind="pairs" />
      <Filter place={place} name="policy" label={WORDS.filter.policy} options={policies} />
      <Filter place={place} name="review" label={WORDS.filter.review} options={reviews} />
      <Range place={place} />
      <Order place={place} orders={["smallest", "largest"]} />
    </>
  );
}

function Order({
  place,
  orders,
}: {
  readonly place: Place;
  readonly orders: readonly Exclude<keyof typeof WORDS.orders, "stored">[];
}) {
  const options = orders.map((one) => [one, WORDS.orders[one]] as const);
  return (
    <Filter
      place={place}
      name="order"
      label={WORDS.filter.order}
      options={options}
      all={WORDS.orders.stored}
    />
  );
}

function Range({ place }: { readonly place: Place }) {
  return (
    <>
      {(["least", "most"] as const).map((name) => (
        <Typed
          key={name}
          type="number"
          step={0.05}
          label={WORDS.filter[name]}
          value={place.query.get(name) ?? ""}
          onChange={(value) => refine(place, { [name]: value })}
        />
      ))}
    </>
  );
}
