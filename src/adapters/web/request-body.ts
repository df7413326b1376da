/** A request that cannot be answered; `status` is what HTTP says of it. */
export class RequestError extends Error {
  constructor(
    readonly status: 400 | 413 | 415,
    message: string,
  ) {
    super(message);
  }
}

/** Bytes of a body that a form of these pages can reach, with room to spare. */
const MOST_BYTES = 16_384;

/** The JSON of a request. Throws RequestError when it is too long or something else. */
export async function jsonBody(request: Request): Promise<unknown> {
  // A form on another page cannot send this type without being asked about it first.
  if (request.headers.get("content-type") !== "application/json") {
    throw new RequestError(415, "Expected a body of type application/json.");
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new RequestError(413, `Expected a body of at most ${MOST_BYTES} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    throw new RequestError(400, `Expected JSON: ${(cause as Error).message}.`);
  }
}
