import { HubError } from "../../errors.js";
import { BUNDLE_KINDS, type BundleKind } from "../../records/bundle.js";

/** Written last into a repository: what it holds, by hash. */
export const MANIFEST = "espalier.json";

/** Kinds of files that hold data only. A pickle is a program: none is sent, and none is fetched. */
const DATA_ONLY = /\.(arrow|parquet|safetensors|onnx|json|jsonl|txt|md|html|svg|png|jpg)$/;

export interface ManifestFile {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface Manifest {
  readonly format: 1;
  readonly kind: BundleKind;
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, ManifestFile>>;
}

/** Reads a manifest from elsewhere. Throws HubError when it is none, or names a file that must not be fetched. */
export function readManifest(text: string, where: string): Manifest {
  const value = parsed(text, where);
  const { format, kind, files, provenance } = value as unknown as Manifest;
  if (format !== 1 || !BUNDLE_KINDS.includes(kind) || typeof files !== "object" || files === null) {
    throw new HubError(
      `${where}: expected ${MANIFEST} of format 1 with a kind and files, got another shape.`,
    );
  }
  for (const [path, file] of Object.entries(files)) {
    refuseUnsafe(path, where);
    if (/^[0-9a-f]{64}$/.test(file?.sha256) && Number.isSafeInteger(file.bytes) && file.bytes >= 0) continue;
    throw new HubError(`${where}: expected sha256 and bytes of "${path}" in ${MANIFEST}.`);
  }
  return { format, kind, provenance, files };
}

/** Throws HubError for a path that leaves its folder, or a file that could be more than data. */
export function refuseUnsafe(path: string, where: string): void {
  const parts = path.split("/");
  const climbs = parts.some((part) => part === "" || part === "." || part === "..");
  // A colon or backslash means something else on other systems.
  if (climbs || /[\\:\0]/.test(path)) {
    throw new HubError(`${where}: refused "${path}": expected a path that stays inside its folder.`);
  }
  if (DATA_ONLY.test(path) && !parts.some((part) => part.startsWith("."))) return;
  throw new HubError(
    `${where}: refused "${path}": expected a file that holds data only (safetensors, ONNX, Arrow, Parquet, JSON, images, ` +
      "text). Pickles and their like run code when they are opened.",
  );
}

function parsed(text: string, where: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new HubError(
    `${where}: ${MANIFEST} is not JSON. It was not pushed by espalier, or was changed since.`,
  );
}
