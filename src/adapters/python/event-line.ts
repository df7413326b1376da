import { z } from "zod";

/** What events are made of. */
export const event = <const Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ event: z.literal(name), ...shape });
export const hash = z.string().regex(/^[0-9a-f]{64}$/, "expected a sha256 in hex");

/** The event in one line of a worker's standard output. Throws an Error that says what is wrong with it. */
export function eventIn<Event>(schema: z.ZodType<Event>, line: string): Event {
  const checked = schema.safeParse(parseJson(line));
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map((issue) => `${issue.path.join(".") || "line"}: ${issue.message}`);
  throw new Error(`it sent an event that breaks the protocol (${faults.join("; ")}): ${shortened(line)}`);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`it sent a line that is not JSON: ${shortened(line)}`, { cause });
  }
}

function shortened(line: string): string {
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
