type Align = "left" | "right";

/** Aligned columns under a rule. `head` cells may hold line breaks. */
export function alignColumns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly Align[],
): string {
  const heads = head.map((cell) => cell.split("\n"));
  const depth = Math.max(...heads.map((lines) => lines.length));
  const headRows = Array.from({ length: depth }, (_, line) =>
    heads.map((lines) => lines[line - (depth - lines.length)] ?? ""),
  );
  const widths = head.map((_, column) =>
    Math.max(...[...headRows, ...rows].map((row) => (row[column] ?? "").length)),
  );
  const lineOf = (row: readonly string[]) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, align[column] ?? "right"))
      .join("  ")
      .trimEnd();
  const rule = "-".repeat(widths.reduce((total, width) => total + width + 2, -2));
  return [...headRows.map(lineOf), rule, ...rows.map(lineOf)].join("\n");
}

function pad(cell: string, width: number, align: Align): string {
  return align === "left" ? cell.padEnd(width) : cell.padStart(width);
}
