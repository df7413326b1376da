import type { ProtocolSchema, Schema } from "./json-schema.js";

const HEAD = `"""Every event a worker sends. Written by \`npm run protocol\`; change the schemas, not this file."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fields:
    """What an event carries beside \`event\`: always, and now and then."""

    always: list[str]
    sometimes: list[str] = field(default_factory=list)

`;

/** The names of all events and their fields. */
export function pythonEvents({ workerEvents, serveEvents }: ProtocolSchema): string {
  return [HEAD, table("WORKER_EVENTS", workerEvents), table("SERVE_EVENTS", serveEvents)].join("\n");
}

function table(name: string, events: readonly Schema[]): string {
  const lines = events.map(({ properties = {}, required = [] }) => {
    const fields = Object.keys(properties).filter((key) => key !== "event");
    const always = fields.filter((key) => required.includes(key));
    const sometimes = fields.filter((key) => !required.includes(key));
    const sets = [always, ...(sometimes.length > 0 ? [sometimes] : [])];
    return `    ${JSON.stringify(properties["event"]?.const)}: Fields(${sets.map((names) => JSON.stringify(names)).join(", ")}),`;
  });
  return `${name}: dict[str, Fields] = {\n${lines.join("\n")}\n}\n`;
}
