import { useState } from "preact/hooks";
import type { Mark, NewMark } from "../../answers/candidates.ts";
import { tell, useAnswer } from "../asking.ts";
import { moment } from "../numbers.ts";
import { WORDS } from "../words.ts";
import { personNow } from "./person.tsx";

type Said = Pick<NewMark, "decision" | "flagged" | "note">;
export type Key = "keep" | "drop" | "flag";

/** What this person says so far. */
function mineOf(marks: readonly Mark[]): Said {
  return marks.find(({ person }) => person === personNow()) ?? { decision: null, flagged: false, note: "" };
}

/** After a key or its button: a decision that stands already is taken back. */
function toggled(said: Said, key: Key): Said {
  return key === "flag"
    ? { ...said, flagged: !said.flagged }
    : { ...said, decision: said.decision === key ? null : key };
}

/** Keeps a decision, or takes it back where it stands already. */
export async function toggleMark(kind: NewMark["kind"], subject: string, key: Key): Promise<void> {
  const response = await fetch(`api/marks/${encodeURIComponent(subject)}`);
  const { marks } = (await response.json()) as { marks: Mark[] };
  await say(kind, subject, toggled(mineOf(marks), key));
}

async function say(
  kind: NewMark["kind"],
  subject: string,
  { decision, flagged, note }: Said,
): Promise<Mark[]> {
  const said: NewMark = { person: personNow(), kind, subject, decision, flagged, note };
  return (await tell<{ marks: Mark[] }>("api/marks", said)).marks;
}

/** What people say of one thing, and where this person says it. */
export function Marks({ kind, subject }: { readonly kind: NewMark["kind"]; readonly subject: string }) {
  const asked = useAnswer<{ marks: Mark[] }>(`api/marks/${encodeURIComponent(subject)}`);
  const [answered, setAnswered] = useState<Mark[]>();
  const [error, setError] = useState<string>();
  const marks = answered ?? asked.answer?.marks ?? [];
  const mine = mineOf(marks);
  const keep = (said: Said) => {
    say(kind, subject, said).then(setAnswered, (failed: unknown) => setError((failed as Error).message));
  };
  const toggle = (key: Key) => keep(toggled(mine, key));
  return (
    <section class="card marks" aria-label={WORDS.marks.title}>
      <h2>{WORDS.marks.title}</h2>
      <div class="row">
        <button type="button" aria-pressed={mine.decision === "keep"} onClick={() => toggle("keep")}>
          {WORDS.marks.keep}
        </button>
        <button type="button" aria-pressed={mine.decision === "drop"} onClick={() => toggle("drop")}>
          {WORDS.marks.drop}
        </button>
        <button type="button" aria-pressed={mine.flagged} onClick={() => toggle("flag")}>
          {WORDS.marks.flag}
        </button>
      </div>
      <NoteField key={mine.note} note={mine.note} onSave={(note) => keep({ ...mine, note })} />
      <NotSaved error={error} />
      {marks.length === 0 ? (
        <p class="aside">{WORDS.marks.nobody}</p>
      ) : (
        <ul>
          {marks.map((mark) => (
            <OneMark key={mark.person} mark={mark} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** Why a mark was not kept; nothing where it was. */
export function NotSaved({ error }: { readonly error: string | undefined }) {
  if (error === undefined) return null;
  return (
    <p class="note" role="alert">
      {WORDS.marks.notSaved} {error}
    </p>
  );
}

function NoteField({ note, onSave }: { readonly note: string; readonly onSave: (note: string) => void }) {
  const [text, setText] = useState(note);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSave(text);
      }}
    >
      <label class="field">
        {WORDS.marks.note}
        <textarea
          rows={2}
          maxLength={2000}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="small" disabled={text === note}>
        {WORDS.marks.noteSave}
      </button>
    </form>
  );
}

function OneMark({ mark }: { readonly mark: Mark }) {
  const said = [
    mark.decision === null ? "" : WORDS.marks[mark.decision],
    mark.flagged ? WORDS.marks.flagged : "",
  ];
  return (
    <li>
      <strong>{said.filter((word) => word !== "").join(", ")}</strong> {mark.note}
      <small class="aside">{WORDS.marks.said(mark.person, moment(mark.saidAt))}</small>
    </li>
  );
}

/** A mark as a tile shows it. */
export function MarkBadges({
  row,
}: {
  readonly row: { decision: "keep" | "drop" | null; flagged: boolean; noted: boolean };
}) {
  return (
    <>
      {row.decision === null ? null : (
        <span class={`badge ${row.decision}`}>{WORDS.marks[row.decision]}</span>
      )}
      {row.flagged ? <span class="badge flag">{WORDS.marks.flagged}</span> : null}
      {row.noted ? <span class="badge">{WORDS.marks.noted}</span> : null}
    </>
  );
}
