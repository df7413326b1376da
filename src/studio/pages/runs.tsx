import type { Run, Runs, Stage } from "../answers/runs.ts";
import { useAnswer } from "./asking.ts";
import { duration, moment, percent, rate, whole } from "./numbers.ts";
import { Copied } from "./parts/copy.tsx";
import { Badge, Known } from "./parts/state.tsx";
import { to } from "./place.ts";
import { TrainingsSection } from "./trainings.tsx";
import { WORDS } from "./words.ts";

/** What runs have done and do, and how their trainings learn. */
export function RunsPage() {
  const runs = useAnswer<Runs>("api/runs");
  return (
    <>
      <h1>{WORDS.runs.title}</h1>
      <Known asked={runs}>
        {({ runs: all }) =>
          all.length === 0 ? (
            <p class="aside">{WORDS.runs.empty}</p>
          ) : (
            all.map((run) => <OneRun key={run.id} run={run} />)
          )
        }
      </Known>
      <TrainingsSection />
    </>
  );
}

function OneRun({ run }: { readonly run: Run }) {
  return (
    <section class="card" aria-labelledby={`run-${run.id}`}>
      <header class="row">
        <h2 id={`run-${run.id}`}>{run.id}</h2>
        <Badge progress={run.progress} />
        <span class="aside">{moment(run.createdAt)}</span>
      </header>
      {run.message === null ? null : <p class="note">{run.message}</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label={run.id}>
        <table>
          <thead>
            <tr>
              <th scope="col">{WORDS.runs.stage}</th>
              <th scope="col">{WORDS.runs.state}</th>
              <th scope="col" class="number">
                {WORDS.runs.done}
              </th>
              <th scope="col" class="number">
                {WORDS.runs.rows}
              </th>
              <th scope="col" class="number">
                {WORDS.runs.time}
              </th>
            </tr>
          </thead>
          <tbody>
            {run.stages.map((stage) => (
              <StageLine key={stage.id} stage={stage} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function StageLine({ stage }: { readonly stage: Stage }) {
  const { faults, progress } = stage;
  const seconds = ((stage.finishedAt ?? Date.now()) - stage.startedAt) / 1000;
  return (
    <tr>
      <th scope="row">
        <details>
          <summary>
            {WORDS.runs.round(stage.round)}: {stage.title ?? stage.name.replaceAll("-", " ")}
          </summary>
          <StageDetails stage={stage} />
        </details>
        <small>{[...stage.settings, ...stage.counts].join(", ")}</small>
        {stage.note === null ? null : <small>{stage.note}</small>}
      </th>
      <td>
        <Badge progress={progress} />
        {faults.tries === 0 ? null : (
          <small class="loss">{WORDS.runs.faults(faults.tries, faults.setAside)}</small>
        )}
        {stage.message === null ? null : <small class="loss">{stage.message}</small>}
      </td>
      <td class="number">
        <Done stage={stage} />
      </td>
      <td class="number">{whole(stage.rows)}</td>
      <td class="number">{progress === "interrupted" ? "–" : duration(seconds)}</td>
    </tr>
  );
}

/** In its own units while it runs, where its process says so; else in shards. */
function Done({ stage }: { readonly stage: Stage }) {
  const { shards, pace, advance, progress } = stage;
  if (advance === null || progress !== "running") {
    return (
      <>
        {WORDS.runs.shards(shards.done, shards.planned)}
        {pace === null ? null : (
          <small>
            {WORDS.units.perSecond(rate(pace.shardsPerSecond), WORDS.runs.shardUnit)},{" "}
            {WORDS.units.left(duration(pace.secondsLeft))}
          </small>
        )}
      </>
    );
  }
  const { unit, done, total, perSecond, secondsLeft, detail } = advance;
  const words = [
    perSecond === null ? "" : WORDS.units.perSecond(rate(perSecond), unit),
    secondsLeft === null ? "" : WORDS.units.left(duration(secondsLeft)),
    detail,
  ];
  return (
    <>
      {WORDS.runs.units(done, total, unit)}
      <progress value={done} max={total} aria-label={percent(done / total)} />
      <small>{words.filter((word) => word !== "").join(", ")}</small>
    </>
  );
}

function StageDetails({ stage }: { readonly stage: Stage }) {
  const page = stage.name.startsWith("pairs") ? "pairs" : "candidates";
  const isBrowsed = /^(candidates|pairs|evaluation|search)/.test(stage.name);
  return (
    <dl class="facts">
      <dt>{WORDS.runs.id}</dt>
      <dd>
        <Copied text={stage.id} />{" "}
        {isBrowsed ? <a href={to([page], { stage: stage.id })}>{WORDS.runs.browse}</a> : null}
      </dd>
      {stage.command === null ? null : (
        <>
          <dt>{WORDS.runs.command}</dt>
          <dd>
            <Copied text={stage.command} />
          </dd>
        </>
      )}
      {stage.summary === null ? null : (
        <>
          <dt>{WORDS.runs.result}</dt>
          <dd>
            <pre>{JSON.stringify(stage.summary, null, 1)}</pre>
          </dd>
        </>
      )}
      <dt>{WORDS.runs.settings}</dt>
      <dd>
        <pre>{JSON.stringify(stage.inputs, null, 1)}</pre>
      </dd>
    </dl>
  );
}
