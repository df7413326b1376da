/** To three digits behind the point, as reports of scripts give them. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
