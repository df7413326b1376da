import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";
import type { NewMark } from "../../answers/candidates.ts";
import type { Place } from "../place.ts";
import { WORDS } from "../words.ts";
import { gridKeys } from "./grid-keys.ts";
import { type Key, NotSaved, toggleMark } from "./marks.tsx";
import { Pager } from "./pager.tsx";

/** A part of a list as tiles, which keys move among and mark. */
export function MarkedGrid({
  kind,
  title,
  isWide = false,
  place,
  next,
  children,
}: {
  readonly kind: NewMark["kind"];
  readonly title: string;
  readonly isWide?: boolean;
  readonly place: Place;
  readonly next: string | null;
  readonly children: readonly ComponentChild[];
}) {
  const [error, setError] = useState<string>();
  const mark = (subject: string, key: Key) => {
    toggleMark(kind, subject, key).then(
      () => setError(undefined),
      (failed: unknown) => setError((failed as Error).message),
    );
  };
  if (children.length === 0) return <p class="aside">{WORDS.list.empty}</p>;
  return (
    <>
      <NotSaved error={error} />
      <div
        class={isWide ? "grid wide" : "grid"}
        role="group"
        aria-label={title}
        onKeyDown={(event) => gridKeys(event, mark)}
      >
        {children}
      </div>
      <Pager place={place} next={next} />
    </>
  );
}
