import type { PictureFormat } from "../../records/picture.js";

/** A request that passed the checks. */
export interface LocalRequest {
  /** What the route's path leaves open, by name, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON of a POST; undefined for a GET. */
  readonly body: unknown;
}

/** Something that a page is told as it happens. */
export interface LocalEvent {
  readonly name: string;
  readonly data: unknown;
}

/** What a route answers with; undefined means there is no such thing. */
export type LocalAnswer =
  | { readonly json: unknown; readonly status?: 200 | 409 }
  /** A picture as it came, or a small one of it. */
  | { readonly image: Uint8Array; readonly format: PictureFormat }
  /** One self-contained HTML file. */
  | { readonly page: string }
  /** Server-sent events; the signal is aborted when nobody listens any more. */
  | { readonly events: (signal: AbortSignal) => AsyncIterable<LocalEvent> }
  | undefined;

export interface LocalRoute {
  readonly method: "GET" | "POST";
  /** Below the token, without a slash in front; `:name` takes one part of a path. */
  readonly path: string;
  readonly answer: (request: LocalRequest) => Promise<LocalAnswer> | LocalAnswer;
}
