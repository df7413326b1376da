import { useEffect, useRef, useState } from "preact/hooks";

/** What was asked of the server, as far as it is known. */
export interface Asked<Answer> {
  /** The last answer, also while the next is under way. */
  readonly answer: Answer | undefined;
  readonly error: string | undefined;
  /** Whether the answer is to another question than the one that is asked now. */
  readonly isOld: boolean;
}

/** Addresses are relative: the key is in the page's own. */
export async function ask<Answer>(path: string): Promise<Answer> {
  const response = await fetch(path);
  const answer = (await response.json()) as Answer & { readonly error?: string };
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

export async function tell<Answer>(path: string, said: unknown): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(said) });
  const answer = (await response.json()) as Answer & { readonly error?: string };
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

/** Asks when the question changes, and again whenever the workspace has; null asks nothing. */
export function useAnswer<Answer>(
  path: string | null,
  options: { readonly live?: boolean } = {},
): Asked<Answer> {
  const [known, setKnown] = useState<{ path: string | null; answer?: Answer; error?: string }>({
    path: null,
  });
  const changes = useChanges();
  const stamp = options.live === false ? 0 : changes;
  const turn = useRef(0);
  useEffect(() => {
    if (path === null) return;
    turn.current += 1;
    const mine = turn.current;
    const isLatest = () => mine === turn.current;
    ask<Answer>(path).then(
      (answer) => isLatest() && setKnown({ path, answer }),
      (error: unknown) =>
        isLatest() && setKnown((before) => ({ ...before, path, error: (error as Error).message })),
    );
  }, [path, stamp]);
  return { answer: known.answer, error: known.error, isOld: known.path !== path };
}

type Listener = (count: number) => void;

/** One stream of events for all of the page. */
const stream = {
  source: undefined as EventSource | undefined,
  count: 0,
  isOpen: false,
  isWaiting: false,
  listeners: new Set<Listener>(),
};
/** Pages ask again at most so often, in milliseconds. */
const PAUSE = 1000;

function connect(): void {
  if (stream.source !== undefined) return;
  stream.source = new EventSource("events");
  const tellAll = () => {
    for (const listener of stream.listeners) listener(stream.count);
  };
  stream.source.addEventListener("open", () => {
    stream.isOpen = true;
    tellAll();
  });
  stream.source.addEventListener("error", () => {
    stream.isOpen = false;
    tellAll();
  });
  stream.source.addEventListener("changed", () => {
    if (stream.isWaiting) return;
    stream.isWaiting = true;
    setTimeout(() => {
      stream.isWaiting = false;
      stream.count += 1;
      tellAll();
    }, PAUSE);
  });
}

/** Counts up whenever the workspace has changed. */
export function useChanges(): number {
  const [count, setCount] = useState(stream.count);
  useEffect(() => {
    connect();
    stream.listeners.add(setCount);
    return () => {
      stream.listeners.delete(setCount);
    };
  }, []);
  return count;
}

/** Whether the server is heard. */
export function useIsLive(): boolean {
  const [isOpen, setIsOpen] = useState(stream.isOpen);
  useEffect(() => {
    connect();
    const listener = () => setIsOpen(stream.isOpen);
    stream.listeners.add(listener);
    return () => {
      stream.listeners.delete(listener);
    };
  }, []);
  return isOpen;
}
