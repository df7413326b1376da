import { JSONParser } from "@streamparser/json";
import { TextFault } from "./text-file.js";

/** Streams the entries of a list in JSON without holding its text in memory. Throws TextFault where it is none, or has no end. */
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
    if (fault !== undefined) throw new TextFault(`expected a list in JSON, got ${fault.message}`);
  }
  if (!parser.isEnded) throw new TextFault("expected a list in JSON, got no end of it");
}
