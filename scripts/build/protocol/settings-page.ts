import { isMapping, type Schema, withoutNull } from "./json-schema.js";

const HEAD = `# Settings

Written by \`npm run protocol\` from the schemas in \`src/config\`.

Everything that a pipeline may say (\`definePipeline({ ... })\`), with its default and what it takes. Only \`name\` is needed. \`round\` is what all
rounds share; \`rounds\` says how many there are (2), or lists what each changes of \`round\`. What is marked * changes nothing of what comes out, and
may differ when a run goes on.
`;

/** Settings in a table, and the sections among them, each as a block of the page. */
interface Part {
  readonly table: string;
  readonly sections: readonly string[];
}

/** The reference of a pipeline's settings, a table for each section. */
export function settingsPage(pipeline: Schema): string {
  const { table, sections } = partOf("", pipeline);
  // What several ways to write a section have in common is told once.
  return `${[...new Set([HEAD, table, ...sections])].join("\n")}`;
}

function partOf(path: string, schema: Schema): Part {
  const entries = Object.entries(schema.properties ?? {});
  const isSection = ([, one]: readonly [string, Schema]) => branches(one).length > 0;
  const rows = entries
    .filter((entry) => !isSection(entry))
    .map(([key, one]) => row(key, one, schema.required));
  const table =
    rows.length > 0 ? `| setting | default | takes | |\n|---|---|---|---|\n${rows.join("\n")}\n` : "";
  const inner = (key: string) => (path === "" ? key : `${path}.${key}`);
  return { table, sections: entries.filter(isSection).flatMap(([key, one]) => sectionOf(inner(key), one)) };
}

/** A section with all ways to write it, then the sections inside it. */
function sectionOf(path: string, schema: Schema): string[] {
  const found = branches(schema);
  const parts = found.map((one) => branch(path, one, found.length));
  const said = [
    `## ${path}\n`,
    `${schema.description ?? ""}${startsAs(schema)}\n`,
    ...parts.map(({ table }) => table),
  ];
  return [said.filter((text) => text.trim() !== "").join("\n"), ...parts.flatMap(({ sections }) => sections)];
}

/** One way to write a section; of several, named by what tells it from the others. */
function branch(path: string, schema: Schema, count: number): Part {
  const { properties = {} } = schema;
  const [key, told] = Object.entries(properties).find(([, one]) => one.const !== undefined) ?? [];
  if (count === 1 || key === undefined) return partOf(path, schema);
  const { [key]: _, ...others } = properties;
  const { table, sections } = partOf(path, { ...schema, properties: others });
  const heading = `**\`${key}: "${told?.const}"\`** ${told?.description ?? ""}\n`;
  return { table: table === "" ? heading : `${heading}\n${table}`, sections };
}

/** The objects that a setting may be; none where it is a plain value or names with numbers. */
function branches(schema: Schema): readonly Schema[] {
  const { inner } = withoutNull(schema);
  if (inner.type === "array") return branches(inner.items ?? {});
  const options = inner.oneOf ?? inner.anyOf ?? [inner];
  const objects = options.filter((one) => one.type === "object" && !isMapping(one));
  return objects.length === options.length && !objects.every(isPlain) ? objects : [];
}

/** Whether an object has one setting alone, so that it is best said in a line. */
function isPlain({ properties = {}, required = [] }: Schema): boolean {
  return (
    Object.keys(properties).length === 1 && required.length === 1 && !Object.values(properties)[0]?.const
  );
}

function startsAs({ default: value }: Schema): string {
  if (value === undefined || JSON.stringify(value) === "{}") return "";
  return ` Default: ${said(value)}.`;
}

function row(key: string, schema: Schema, required: readonly string[] = []): string {
  const name = `\`${key}\`${schema.decides === false ? " *" : ""}`;
  const value = required.includes(key) ? "needed" : schema.default === undefined ? "" : said(schema.default);
  return `| ${[name, value, takes(schema), schema.description ?? ""].map(cell).join(" | ")} |`;
}

/** What a setting takes, in words. */
function takes(schema: Schema): string {
  const { inner, nullable } = withoutNull(schema);
  return `${taken(inner)}${nullable ? ", or null" : ""}`;
}

function taken(schema: Schema): string {
  if (schema.const !== undefined) return said(schema.const);
  if (schema.enum) return schema.enum.map(said).join(", ");
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.map(taken).join(" or ");
  if (schema.type === "array") return `a list of ${taken(schema.items ?? {})}`;
  if (isMapping(schema))
    return `names with numbers: ${Object.keys(schema.properties ?? {})
      .map((name) => `\`${name}\``)
      .join(", ")}`;
  if (schema.properties) {
    const parts = Object.entries(schema.properties).map(([key, one]) => `${key}: ${taken(one)}`);
    return `{ ${parts.join(", ")} }`;
  }
  if (schema.type === "boolean") return "true or false";
  return schema.type === "string" ? "text" : numbers(schema);
}

function numbers({ type, minimum, exclusiveMinimum, maximum }: Schema): string {
  const kind = type === "integer" ? "whole number" : "number";
  const low = minimum === undefined ? `above ${exclusiveMinimum}` : `from ${minimum}`;
  return `${kind} ${low} to ${maximum}`;
}

function said(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

function cell(words: string): string {
  return words.replaceAll("|", "\\|").replaceAll("\n", " ");
}
