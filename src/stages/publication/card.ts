/** The block at the top of a README that the Hub reads. Values are written as JSON, which is YAML as well. */
export function frontMatter(fields: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return ["---", ...lines, "---"].join("\n");
}

/** A table in Markdown; cells are other people's text. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text that Markdown and HTML leave as it is. */
export function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|#&]/g, (character) => `\\${character}`);
}

/** Settings as JSON in a fenced block; the fence is longer than any within. */
export function jsonBlock(value: unknown): string {
  return ["~~~~json", JSON.stringify(value, null, 2), "~~~~"].join("\n");
}

/** Joins the parts of a card with a blank line between them. */
export function card(...parts: readonly (string | undefined)[]): string {
  return `${parts.filter((part) => part !== undefined && part !== "").join("\n\n")}\n`;
}

function cell(value: string | number): string {
  return typeof value === "number" ? String(value) : plain(value);
}
