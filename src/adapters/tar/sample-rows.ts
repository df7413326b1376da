import { StoreError } from "../../errors.js";
import { readSamples, type Sample } from "./read-samples.js";

const TEXTS = /(^|\.)(txt|text|cls)$/;
const JSON_TEXTS = /(^|\.)json$/;

/**
 * Streams the samples of a tar file as rows: texts as texts, JSON as what it says, everything else as bytes, with the key as "__key__" as WebDataset has
 * it. Throws StoreError (file, sample) for JSON that does not parse.
 */
export async function* readSampleRows(file: string): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const sample of readSamples(file)) {
    const fields = Array.from(sample.fields, ([name, bytes]) => [
      name,
      fieldValue(name, bytes, { file, sample }),
    ]);
    yield { ...Object.fromEntries(fields), __key__: sample.key };
  }
}

interface Place {
  readonly file: string;
  readonly sample: Sample;
}

function fieldValue(name: string, bytes: Uint8Array, { file, sample }: Place): unknown {
  if (TEXTS.test(name)) return Buffer.from(bytes).toString("utf8");
  if (!JSON_TEXTS.test(name)) return bytes;
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw new StoreError(
      `${file}, sample ${sample.key}: expected JSON in its member ${name}, got text that does not parse (${(cause as Error).message}). Correct it.`,
      { cause },
    );
  }
}
