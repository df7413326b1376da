/** What Retry-After says, in seconds or as a date (RFC 9110, section 10.2.3), as milliseconds from now; undefined where it says nothing. */
export function retryAfter(said: string | null | undefined, now: number): number | undefined {
  const value = said?.trim();
  if (!value) return undefined;
  const milliseconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
