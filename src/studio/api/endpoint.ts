import { z } from "zod";
import type { LocalAnswer, LocalRequest, LocalRoute } from "../../adapters/web/index.js";
import { ConfigError } from "../../errors.js";

/** A question that the read API answers in JSON. */
export interface Endpoint {
  readonly method: LocalRoute["method"];
  /** Below `api/`; `:name` takes one part of a path. */
  readonly path: string;
  /** What it tells, as the description of the API has it. */
  readonly about: string;
  /** Of a GET's query, or a POST's body. */
  readonly asked: z.ZodObject;
  readonly answered: z.ZodType;
  readonly answer: (asked: never, params: LocalRequest["params"]) => unknown;
}

/** A question with its schemas; what answers it is typed by them. Undefined as an answer means there is no such thing. */
export function endpoint<Asked extends z.ZodObject, Answered extends z.ZodType>(parts: {
  readonly method?: LocalRoute["method"];
  readonly path: string;
  readonly about: string;
  readonly asked?: Asked;
  readonly answered: Answered;
  readonly answer: (
    asked: z.output<Asked>,
    params: LocalRequest["params"],
  ) => z.input<Answered> | undefined | Promise<z.input<Answered> | undefined>;
}): Endpoint {
  return { method: "GET", asked: z.object({}), ...parts };
}

/** As the server takes it. Throws ConfigError, from within, where a question does not fit its schema. */
export function routeOf({ method, path, asked, answer }: Endpoint): LocalRoute {
  return {
    method,
    path: `api/${path}`,
    answer: async ({ params, query, body }): Promise<LocalAnswer> => {
      const given = method === "GET" ? Object.fromEntries(query) : body;
      const { success, data, error } = asked.strict().safeParse(given);
      if (!success) throw new ConfigError(`${method} api/${path}: ${z.prettifyError(error)}`);
      const found = await answer(data as never, params);
      return found === undefined ? undefined : { json: found };
    },
  };
}

/** Every endpoint with the JSON schemas of what it takes and gives. */
export function described(endpoints: readonly Endpoint[]): object[] {
  const schemaOf = (schema: z.ZodType, io: "input" | "output") => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io }) as Record<string, unknown>;
    return rest;
  };
  return endpoints.map(({ method, path, about, asked, answered }) => ({
    ...{ method, path: `api/${path}`, about },
    asked: schemaOf(asked, "input"),
    answered: schemaOf(answered, "output"),
  }));
}
