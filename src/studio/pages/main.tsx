import { render } from "preact";
import { useEffect } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { useIsLive } from "./asking.ts";
import { CandidatesPage } from "./candidates.tsx";
import { ComparePage } from "./compare.tsx";
import { PairsPage } from "./pairs.tsx";
import { PersonField } from "./parts/person.tsx";
import { PicturePage } from "./picture.tsx";
import { type Place, to, usePlace } from "./place.ts";
import { RunsPage } from "./runs.tsx";
import { WORDS } from "./words.ts";

type PageName = keyof typeof WORDS.nav;
const PAGES = Object.keys(WORDS.nav) as readonly PageName[];

function Studio() {
  const place = usePlace();
  const [page = "runs"] = place.path;
  const title = PAGES.includes(page as PageName) ? WORDS.nav[page as PageName] : WORDS.title;
  useEffect(() => {
    document.title = `${title} · ${WORDS.brand}`;
  }, [title]);
  return (
    <>
      <a
        class="skip"
        href={`${location.hash || "#/"}`}
        onClick={(event) => {
          event.preventDefault();
          document.querySelector("main")?.focus();
        }}
      >
        {WORDS.skip}
      </a>
      <header class="top">
        <a class="brand" href={to(["runs"])}>
          {WORDS.brand}
        </a>
        <nav aria-label={WORDS.pages}>
          {PAGES.map((name) => (
            <a key={name} href={to([name])} aria-current={name === page ? "page" : undefined}>
              {WORDS.nav[name]}
            </a>
          ))}
        </nav>
        <Live />
        <PersonField />
      </header>
      <main tabIndex={-1}>
        <Page place={place} />
      </main>
    </>
  );
}

function Live() {
  const isLive = useIsLive();
  return (
    <span class={`live ${isLive ? "on" : ""}`} role="status">
      {isLive ? WORDS.live.on : WORDS.live.off}
    </span>
  );
}

function Page({ place }: { readonly place: Place }) {
  const [page = "runs", id] = place.path;
  switch (page) {
    case "runs":
      return <RunsPage />;
    case "candidates":
      return id === undefined ? <CandidatesPage place={place} /> : <PicturePage id={id} />;
    case "pairs":
      return <PairsPage place={place} />;
    case "compare":
      return <ComparePage place={place} />;
    default:
      return <p class="note">{WORDS.notFound}</p>;
  }
}

render(<Studio />, document.getElementById("studio") as HTMLElement);
