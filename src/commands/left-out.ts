/** "  2 rows without a label left out", a line for each reason; `leftOut`: counts by reason, if any. */
export function leftOutLines(leftOut: unknown): string[] {
  return Object.entries((leftOut ?? {}) as Record<string, number>).map(
    ([reason, count]) => `  ${count} ${count === 1 ? reason : reason.replace(/^\w+/, "$&s")} left out`,
  );
}
