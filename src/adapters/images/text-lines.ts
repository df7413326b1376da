/** Breaks text into lines of at most `letters` letters, at spaces where it can. Empty text has no lines. */
export function wrap(text: string, letters: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text
    .split(/\s+/)
    .filter((part) => part !== "")
    .flatMap((part) => pieces(part, letters))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= letters) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  if (line !== "") lines.push(line);
  return lines;
}

export function escapeMarkup(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/[^\P{Cc}\t\n\r]/gu, " ");
}

/** A word longer than a line is cut. */
function pieces(word: string, letters: number): string[] {
  const size = Math.max(1, letters);
  return Array.from({ length: Math.ceil(word.length / size) }, (_, index) =>
    word.slice(index * size, (index + 1) * size),
  );
}
