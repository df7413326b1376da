import { inspect } from "node:util";
import type { z } from "zod";
import { nearestName } from "./nearest-name.js";

/** One thing wrong with a pipeline's settings. */
export interface Fault {
  /** Where, as it is written in code: `rounds[1].training.beta`. */
  readonly at: string;
  readonly message: string;
}

/** A zod issue in words: what was expected, what was found, the nearest name of an unknown key. */
export function faultsOf(error: z.ZodError, input: unknown, schema: z.ZodType, prefix: string): Fault[] {
  return error.issues.flatMap((issue) => {
    const at = written(issue.path, prefix);
    if (issue.code !== "unrecognized_keys") {
      return [
        { at, message: `Expected "${at}" to be ${issue.message}, got ${shown(valueAt(input, issue.path))}` },
      ];
    }
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => {
      const full = written([...issue.path, key], prefix);
      const near = nearestName(key, known);
      return { at: full, message: `Unknown setting "${full}"${near ? `; did you mean "${near}"?` : ""}` };
    });
  });
}

/** A path the way code writes it: `round.training.beta`, `rounds[0].mining`. */
export function written(path: readonly PropertyKey[], prefix = ""): string {
  return path.reduce<string>(
    (before, key) =>
      typeof key === "number" ? `${before}[${key}]` : before ? `${before}.${String(key)}` : String(key),
    prefix,
  );
}

export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
}

/** A value as its author wrote it; what JSON has no words for as Node shows it. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
  }
}

/** The keys a strict object at `path` accepts; a union accepts those of any of its options. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let options: Definition[] = [schema as unknown as Definition];
  for (const key of path) {
    options = options.flatMap(unwrapped).flatMap((option) => inner(option, key));
  }
  return [...new Set(options.flatMap(unwrapped).flatMap((option) => Object.keys(option.def.shape ?? {})))];
}

/** The part of a zod schema's definition that says what is inside it. */
interface Definition {
  readonly def: {
    readonly type: string;
    readonly innerType?: Definition;
    readonly shape?: Record<string, Definition>;
    readonly options?: readonly Definition[];
    readonly element?: Definition;
    readonly in?: Definition;
  };
}

function unwrapped(schema: Definition): Definition[] {
  const { innerType, options, in: input } = schema.def;
  if (innerType) return unwrapped(innerType);
  if (input) return unwrapped(input);
  if (options) return options.flatMap(unwrapped);
  return [schema];
}

function inner(schema: Definition, key: PropertyKey): Definition[] {
  const found = typeof key === "number" ? schema.def.element : schema.def.shape?.[String(key)];
  return found ? [found] : [];
}
