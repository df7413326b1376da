import { isMapping, type ProtocolSchema, type Schema, withoutNull } from "./json-schema.js";

/** The modules of all requests' classes, by name. A request's sections are classes of their own, in `sections`. */
export function pythonRequests({ workerRequests, serveRequests }: ProtocolSchema): Record<string, string> {
  const [train, estimate, judge, ...others] = workerRequests as [Schema, Schema, Schema, ...Schema[]];
  const isDrawn = ({ title = "" }: Schema) => /^(OpenDrawer|OpenJudge|Paths|JudgePictures)/.test(title);
  const [drawn, held] = [serveRequests.filter(isDrawn), serveRequests.filter((one) => !isDrawn(one))];
  const sections = sectionsOf([...workerRequests, ...serveRequests]);
  const fromSections = `from espalier_torch.protocol.sections import ${[...sections.keys()].sort().join(", ")}`;
  const fromOthers = [
    "from espalier_torch.protocol.judge_requests import JudgeTrainRequest",
    "from espalier_torch.protocol.train_requests import EstimateRequest, TrainRequest",
  ];
  return {
    sections: module([...sections.values()]),
    train_requests: module([train, estimate].map(requestClass), [fromSections]),
    judge_requests: module([requestClass(judge)]),
    worker_requests: module(
      [...others.map(requestClass), tableOf("WORKER_REQUESTS", workerRequests)],
      fromOthers,
    ),
    drawn_requests: module(drawn.map(requestClass)),
    serve_requests: module(
      [...held.map(requestClass), tableOf("SERVE_REQUESTS", serveRequests)],
      [
        `from espalier_torch.protocol.drawn_requests import ${drawn
          .map(({ title }) => title)
          .sort()
          .join(", ")}`,
      ],
    ),
  };
}

/** A module of classes. */
function module(classes: readonly string[], imports: readonly string[] = []): string {
  const body = classes.join("\n\n\n");
  const field = body.includes(" field(") ? ", field" : "";
  const helpers = ["about", "setting"].filter((name) => body.includes(`${name}(`)).join(", ");
  return `"""Requests of a worker. Written by \`npm run protocol\`: change the schemas, not this file."""

from dataclasses import dataclass${field}

${[`from espalier_torch.protocol.fields import ${helpers}`, ...imports].sort().join("\n")}


${body}
`;
}

/** The classes of what is inside requests, by name; one before another that holds it. */
function sectionsOf(schemas: readonly Schema[], found = new Map<string, string>()): Map<string, string> {
  for (const [key, one] of schemas.flatMap(({ properties = {} }) => Object.entries(properties))) {
    const { inner } = withoutNull(one);
    if (!isSection(inner)) continue;
    sectionsOf([inner], found);
    const made = classOf(className(key), { ...inner, description: one.description ?? "" });
    const other = found.get(className(key));
    if (other !== undefined && other !== made)
      throw new Error(`Two sections would both be ${className(key)}.`);
    found.set(className(key), made);
  }
  return found;
}

/** Every request of a worker by the word that asks for it. */
function tableOf(name: string, requests: readonly Schema[]): string {
  const lines = requests.map(
    ({ properties, title }) => `    ${text(properties?.["request"]?.const)}: ${title},`,
  );
  return `${name}: dict[str, type] = {\n${lines.join("\n")}\n}`;
}

function requestClass(schema: Schema): string {
  return classOf(schema.title as string, schema);
}

function classOf(name: string, schema: Schema): string {
  const fields = Object.entries(schema.properties ?? {}).filter(([key]) => key !== "request");
  const lines = fields.map(([key, one]) => `    ${pythonName(key)}: ${fieldOf(key, one, schema.required)}`);
  const head = `@dataclass(frozen=True, kw_only=True)\nclass ${name}${schema.extends ? `(${schema.extends})` : ""}:`;
  return [head, `    """${docstring(schema.description)}"""`, "", ...lines].join("\n");
}

/** Indented as the class is; one of several lines ends on a line of its own. */
function docstring(words = ""): string {
  const lines = words.split("\n").map((line) => (line === "" ? "" : `    ${line}`));
  return lines.length === 1 ? words : `${lines.join("\n").trimStart()}\n    `;
}

/** A field's type, and its meaning, default and limits. */
function fieldOf(key: string, schema: Schema, required: readonly string[] = []): string {
  const { inner, nullable } = withoutNull(schema);
  const type = `${typeOf(key, inner)}${nullable ? " | None" : ""}`;
  const limits = [
    ...(inner.enum ? [`choices=${listOf(inner.enum)}`] : []),
    ...(isMapping(inner) ? [`choices=${listOf(Object.keys(inner.properties ?? {}))}`] : []),
    ...(inner.exclusiveMinimum === undefined ? [] : [`above=${inner.exclusiveMinimum}`]),
    ...(inner.minimum === undefined ? [] : [`at_least=${inner.minimum}`]),
    ...(inner.maximum === undefined ? [] : [`at_most=${inner.maximum}`]),
    ...(inner.minItems === undefined ? [] : [`at_least=${inner.minItems}`]),
    ...(schema.decides === false ? ["decides=False"] : []),
  ];
  const help = text(schema.description);
  const isRequired = required.includes(key);
  if (inner.type === "array" || inner.type === "object") {
    const made = isRequired ? "" : `${defaultOf(key, inner, schema.default)}, `;
    return `${type} = field(${made}metadata=about(${[help, ...limits].join(", ")}))`;
  }
  const given = isRequired ? [] : [value(schema.default, inner)];
  return `${type} = setting(${[help, ...given, ...limits].join(", ")})`;
}

/** The default of a list or an object, which no two requests may share. */
function defaultOf(key: string, schema: Schema, given: unknown): string {
  if (given === null) return "default=None";
  if (isMapping(schema)) return `default_factory=lambda: ${weights(given as Record<string, number>)}`;
  return `default_factory=${schema.type === "array" ? "list" : className(key)}`;
}

function typeOf(key: string, schema: Schema): string {
  if (isMapping(schema)) return "dict[str, float]";
  if (isSection(schema)) return className(key);
  if (schema.type === "array") return `list[${schema.items?.type === "integer" ? "int" : "str"}]`;
  return { integer: "int", number: "float", boolean: "bool" }[schema.type as string] ?? "str";
}

function isSection(schema: Schema): boolean {
  return schema.type === "object" && !isMapping(schema);
}

function value(given: unknown, { type }: Schema): string {
  if (given === null) return "None";
  if (typeof given === "boolean") return given ? "True" : "False";
  if (type === "number") return floating(given as number);
  return typeof given === "string" ? text(given) : String(given);
}

function weights(given: Readonly<Record<string, number>>): string {
  return `{${Object.entries(given)
    .map(([name, weight]) => `${text(name)}: ${floating(weight)}`)
    .join(", ")}}`;
}

function floating(number: number): string {
  return Number.isInteger(number) ? `${number}.0` : String(number);
}

function listOf(names: readonly string[]): string {
  return `[${names.map(text).join(", ")}]`;
}

function text(words: string | undefined): string {
  return JSON.stringify(words ?? "");
}

/** "heldOut" as HeldOut. */
function className(key: string): string {
  return `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
}

/** "heldOut" as held_out. */
function pythonName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
