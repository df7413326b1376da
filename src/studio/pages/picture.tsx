import { useState } from "preact/hooks";
import type { Picture } from "../answers/picture.ts";
import { useAnswer } from "./asking.ts";
import { percent, short } from "./numbers.ts";
import { PairTile } from "./pairs.tsx";
import { Boxes } from "./parts/boxes.tsx";
import { Copied } from "./parts/copy.tsx";
import { Marks } from "./parts/marks.tsx";
import { Shown, ShownImage } from "./parts/shown-image.tsx";
import { Known } from "./parts/state.tsx";
import { Evaluations, Verdicts } from "./parts/verdicts.tsx";
import { to } from "./place.ts";
import { WORDS } from "./words.ts";

/** One candidate, large, with all that is known of it. */
export function PicturePage({ id }: { readonly id: string }) {
  const asked = useAnswer<Picture>(`api/candidates/${encodeURIComponent(id)}`);
  return <Known asked={asked}>{(picture) => <OnePicture key={picture.id} picture={picture} />}</Known>;
}

function OnePicture({ picture }: { readonly picture: Picture }) {
  const { prompt, verdicts, evaluations, pairs, alike } = picture;
  return (
    <>
      <p>
        <button type="button" class="small" onClick={() => history.back()}>
          {WORDS.picture.back}
        </button>
      </p>
      <h1>{prompt.text}</h1>
      <div class="split">
        <div>
          <Large picture={picture} />
          <Steps picture={picture} />
        </div>
        <div>
          <Facts picture={picture} />
          <Marks kind="candidate" subject={picture.id} />
        </div>
      </div>
      {verdicts.length === 0 ? null : <Verdicts verdicts={verdicts} />}
      {evaluations.length === 0 ? null : <Evaluations evaluations={evaluations} />}
      {pairs.length === 0 ? null : (
        <section>
          <h2>{WORDS.picture.pairs}</h2>
          <div class="grid wide">
            {pairs.map((row) => (
              <PairTile key={`${row.stage} ${row.id}`} row={row} />
            ))}
          </div>
        </section>
      )}
      {alike.length === 0 ? null : (
        <section>
          <h2>{WORDS.picture.alike}</h2>
          <ul class="row">
            {alike.map((id) => (
              <li key={id}>
                <a href={to(["candidates", id])}>{short(id)}</a>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** The image with the boxes that a detector found in it, where it was evaluated. */
function Large({ picture }: { readonly picture: Picture }) {
  const [hasBoxes, setHasBoxes] = useState(true);
  const [isLarge, setIsLarge] = useState(false);
  const detections = picture.evaluations.find((one) => one.detections.length > 0)?.detections ?? [];
  return (
    <figure class={`large ${isLarge ? "whole" : ""}`}>
      <div class="over">
        <button
          type="button"
          class="bare"
          onClick={() => setIsLarge(!isLarge)}
          aria-pressed={isLarge}
          aria-label={WORDS.picture.zoom}
        >
          <ShownImage
            id={picture.id}
            alt={WORDS.list.image(picture.prompt.text)}
            {...(isLarge ? {} : { side: 1024 })}
          />
        </button>
        {hasBoxes ? <Boxes detections={detections} /> : null}
      </div>
      {detections.length === 0 ? null : (
        <figcaption>
          <label class="tick">
            <input
              type="checkbox"
              checked={hasBoxes}
              onChange={(event) => setHasBoxes(event.currentTarget.checked)}
            />
            {WORDS.picture.boxes}
          </label>
        </figcaption>
      )}
    </figure>
  );
}

/** A path's image after each of its steps. */
function Steps({ picture }: { readonly picture: Picture }) {
  if (picture.steps === 0) return null;
  const steps = Array.from({ length: picture.steps }, (_, at) => at + 1);
  return (
    <details class="steps">
      <summary>{WORDS.picture.path}</summary>
      {picture.forks.map((fork) => (
        <p key={fork.step} class="aside">
          {WORDS.picture.forked(fork.step, percent(fork.remask))}
        </p>
      ))}
      {picture.reason === "" ? null : <p class="aside">{picture.reason}</p>}
      <ol>
        {steps.map((step) => (
          <li key={step}>
            <Shown address={`images/${picture.id}/after/${step}`} alt={WORDS.picture.after(step)} />
            <small>{WORDS.picture.after(step)}</small>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Facts({ picture }: { readonly picture: Picture }) {
  const { id, source, seed, status, reason, steps, size, file, settings, metadata, prompt, commands } =
    picture;
  const words = Object.entries(metadata).map(([name, value]) => `${name}: ${String(value)}`);
  return (
    <dl class="facts card">
      <dt>{WORDS.picture.id}</dt>
      <dd>
        <Copied text={id} />
      </dd>
      <dt>{WORDS.picture.seed}</dt>
      <dd>{seed === null ? WORDS.none : <Copied text={String(seed)} />}</dd>
      <dt>{WORDS.picture.source}</dt>
      <dd>
        {source.name === source.id ? null : source.name} <Copied text={source.id} shown={short(source.id)} />
      </dd>
      {prompt.task === null ? null : (
        <>
          <dt>{WORDS.picture.task}</dt>
          <dd>{prompt.task.replaceAll("_", " ")}</dd>
        </>
      )}
      <dt>{WORDS.picture.status}</dt>
      <dd>
        {WORDS.statuses[status]}
        {reason === "" ? "" : `: ${reason}`}
      </dd>
      {steps === 0 ? null : (
        <>
          <dt>{WORDS.picture.steps}</dt>
          <dd>{steps}</dd>
        </>
      )}
      {size === null ? null : (
        <>
          <dt>{WORDS.picture.size}</dt>
          <dd>
            {size.width} × {size.height}
          </dd>
        </>
      )}
      {file === null ? null : (
        <>
          <dt>{WORDS.picture.file}</dt>
          <dd>
            <Copied text={file} />
          </dd>
        </>
      )}
      {settings === null ? null : (
        <>
          <dt>{WORDS.picture.settings}</dt>
          <dd>
            <code>{JSON.stringify(settings)}</code>
          </dd>
        </>
      )}
      {words.length === 0 ? null : (
        <>
          <dt>{WORDS.picture.metadata}</dt>
          <dd>
            {words.map((one) => (
              <div key={one}>{one}</div>
            ))}
          </dd>
        </>
      )}
      <dt>{WORDS.picture.show}</dt>
      <dd>
        <Copied text={commands.show} />
      </dd>
      {commands.replay === null ? null : (
        <>
          <dt>{WORDS.picture.replay}</dt>
          <dd>
            <Copied text={commands.replay} />
          </dd>
        </>
      )}
    </dl>
  );
}
