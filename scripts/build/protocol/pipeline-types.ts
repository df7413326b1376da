import { compile } from "json-schema-to-typescript";
import type { Schema } from "./json-schema.js";

const NOTE =
  "/** Written by `npm run protocol` from the schemas in src/config/schema: what editors show of a setting. */";

/** The pipeline's settings as an interface, each with its help and its default. */
export function pipelineTypes(pipeline: Schema): Promise<string> {
  return compile(explained(pipeline), "PipelineSettings", {
    bannerComment: NOTE,
    additionalProperties: false,
    style: { printWidth: 110 },
  });
}

/** What the compiler reads: help that ends with the default; no titles, which would become types of their own. */
function explained({ title, extends: parent, minItems, ...schema }: Schema): object {
  const { description, properties, items, anyOf, oneOf, default: value } = schema;
  const parts = {
    ...(properties && { properties: mapped(properties) }),
    ...(items && { items: explained(items) }),
    ...(anyOf && { anyOf: anyOf.map(explained) }),
    ...(oneOf && { oneOf: oneOf.map(explained) }),
  };
  const help = [description, sayDefault(value)].filter(Boolean).join(" ");
  return { ...schema, ...parts, ...(help && { description: help }) };
}

function mapped(properties: Readonly<Record<string, Schema>>): Record<string, object> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, explained(schema)]));
}

/** Of a section the settings in it say theirs. */
function sayDefault(value: unknown): string {
  const isSection = typeof value === "object" && value !== null && !Array.isArray(value);
  return value === undefined || isSection ? "" : `Default: ${JSON.stringify(value)}.`;
}
