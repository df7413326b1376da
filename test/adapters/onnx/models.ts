import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const fixtures = fileURLToPath(new URL("../../fixtures/onnx/", import.meta.url));

/** Folder of a random-weight model: "generator", "judge" or "tokenizer". */
export function models(kind: string): string {
  return join(fixtures, kind);
}

/** A copy of such a folder that a test may damage. */
export function copyOf(kind: string): string {
  const folder = mkdtempSync(join(tmpdir(), `espalier-${kind}-`));
  cpSync(models(kind), folder, { recursive: true });
  return folder;
}
