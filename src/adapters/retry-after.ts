/** What Retry-After says, in seconds or as a date (RFC 9110, section 10.2.3), as milliseconds from now; undefined where it says nothing. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  const milliseconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
