import { type Place, refine } from "../place.ts";
import { WORDS } from "../words.ts";

/** To the next part of a list, back to the one before, and to the first. */
export function Pager({ place, next }: { readonly place: Place; readonly next: string | null }) {
  const part = Number(place.query.get("part") ?? "1");
  const go = (after: string | undefined, number: number) =>
    refine(place, { after, part: number > 1 ? String(number) : undefined });
  return (
    <nav class="row pager" aria-label={WORDS.list.part(part)}>
      <button type="button" disabled={part === 1} onClick={() => go(undefined, 1)}>
        {WORDS.list.first}
      </button>
      <button type="button" disabled={part === 1} onClick={() => history.back()}>
        {WORDS.list.previous}
      </button>
      <span class="aside">{WORDS.list.part(part)}</span>
      <button type="button" disabled={next === null} onClick={() => go(next ?? undefined, part + 1)}>
        {WORDS.list.next}
      </button>
    </nav>
  );
}
