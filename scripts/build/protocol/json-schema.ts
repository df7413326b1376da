import { z } from "zod";
import { workerEventSchema } from "../../../src/adapters/python/events.js";
import { WORKER_REQUESTS } from "../../../src/adapters/python/requests.js";
import { serveEventSchema } from "../../../src/adapters/python/serve-events.js";
import { serveRequestSchema } from "../../../src/adapters/python/serve-requests.js";
import { roundSchema } from "../../../src/config/schema/round.js";
import { runSchema } from "../../../src/config/schema/run.js";

/** As much of JSON Schema as zod writes for our settings, and what they say of themselves. */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean" | "null";
  /** Name of the class that Python has of it, and of the class that this one extends. */
  readonly title?: string;
  readonly extends?: string;
  readonly description?: string;
  /** False where a setting changes nothing of what comes out. */
  readonly decides?: boolean;
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The whole protocol: what a worker and a serving worker are asked and answer, and what a pipeline may say. */
export function protocolSchema() {
  return {
    $comment: "Written by `npm run protocol` from the schemas in src/config and src/adapters/python.",
    workerRequests: WORKER_REQUESTS.map(asked),
    workerEvents: workerEventSchema.options.map(told),
    serveRequests: serveRequestSchema.options.map(asked),
    serveEvents: serveEventSchema.options.map(told),
    pipeline: asked(runSchema.extend({ round: roundSchema.optional() })),
  };
}

export type ProtocolSchema = ReturnType<typeof protocolSchema>;

/** What may be left out has its default in it. */
function asked(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: "input" }) as Schema;
}

function told(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema) as Schema;
}

/** A schema without "or null", and whether it was one. */
export function withoutNull(schema: Schema): { readonly inner: Schema; readonly nullable: boolean } {
  const [inner, none] = schema.anyOf ?? [];
  const nullable = schema.anyOf?.length === 2 && none?.type === "null" && inner !== undefined;
  return nullable ? { inner, nullable } : { inner: schema, nullable: false };
}

/** Whether an object maps any of its names to numbers: none of them is required or has a default. */
export function isMapping({ properties = {}, required = [] }: Schema): boolean {
  const inner = Object.values(properties);
  return inner.length > 0 && required.length === 0 && inner.every((one) => one.default === undefined);
}
