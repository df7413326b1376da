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
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|#&~$!]/g, (character) => `\\${character}`);
}

/** Settings as JSON in a fenced block. */
export function jsonBlock(value: unknown): string {
  return fenced("json", JSON.stringify(value, null, 2));
}

/** Text as it is, in a fence that is longer than any within. */
export function fenced(language: string, text: string): string {
  const longest = Math.max(3, ...(text.match(/~+/g) ?? []).map(({ length }) => length));
  const fence = "~".repeat(longest + 1);
  return [`${fence}${language}`, text, fence].join("\n");
}

/** Joins the parts of a card with a blank line between them. */
export function card(...parts: readonly (string | undefined)[]): string {
  return `${parts.filter((part) => part !== undefined && part !== "").join("\n\n")}\n`;
}

function cell(value: string | number): string {
  return typeof value === "number" ? String(value) : plain(value);
}
