/** The first names of a list and, where it is cut, how many are left out and where all of them are: "a, b and 3 more (ls .)". */
export function someOf(names: readonly string[], most: number, whole: string): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more (${whole})` : shown;
}

/** How a page or a summary that shows the beginning of a list says so. */
export function firstOf(shown: number, all: number, whole: string): string {
  return `the first ${shown} of ${all} (all: ${whole})`;
}
