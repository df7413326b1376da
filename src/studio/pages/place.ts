import { useEffect, useState } from "preact/hooks";

/** Where the page is: what stands behind the # of its address, so that a link, a reload and the back key lead there. */
export interface Place {
  /** Parts of the path. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export function placeNow(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return {
    path: path
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent),
    query: new URLSearchParams(query),
  };
}

export function usePlace(): Place {
  const [place, setPlace] = useState(placeNow);
  useEffect(() => {
    const moved = () => setPlace(placeNow());
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return place;
}

/** The address of a page. */
export function to(
  path: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const words = queryOf(query);
  return `#/${path.map(encodeURIComponent).join("/")}${words === "" ? "" : `?${words}`}`;
}

/** What is undefined or empty is left out; a task may be empty, and is written as "-". */
export function queryOf(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "",
  );
  return new URLSearchParams(given).toString();
}

/** Changes the filters of the page that is shown. A list begins anew. */
export function refine(place: Place, changed: Readonly<Record<string, string | undefined>>): void {
  const query = { ...Object.fromEntries(place.query), after: undefined, part: undefined, ...changed };
  location.hash = to(place.path, query);
}
