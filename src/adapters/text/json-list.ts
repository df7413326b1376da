import { JSONParser } from "@streamparser/json";
import { TextFault } from "./text-file.js";

/** What was got where a list in JSON was expected. */
export class ListFault extends TextFault {
  constructor(readonly got: string) {
    super(`expected a list in JSON, got ${got}`);
  }
}

/** Streams the entries of a list in JSON without holding its text in memory. Throws ListFault where it is none, or has no end. */
export async function* entriesOf(text: AsyncIterable<string>): AsyncGenerator<unknown> {
  const parser = new JSONParser({ paths: ["$.*"], keepStack: false });
  const found: unknown[] = [];
  parser.onValue = ({ value }) => found.push(value);
  let fault: Error | undefined;
  parser.onError = (cause) => {
    fault ??= cause;
  };
  for await (const piece of text) {
    parser.write(piece);
    yield* found.splice(0);
    if (fault !== undefined) throw new ListFault(fault.message);
  }
  if (!parser.isEnded) throw new ListFault("no end of it");
}
