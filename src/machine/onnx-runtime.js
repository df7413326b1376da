import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LAYOUT } from "./layout.js";

const NAME = "onnxruntime-node";

/**
 * Address of the ONNX runtime: the one that is installed beside this program, else the one that set-up fetched;
 * undefined where there is neither. It is no dependency of the package: its own installer fetches CUDA libraries that
 * nothing here uses, and fails where it cannot.
 * @returns {string | undefined}
 */
export function findOnnxRuntime() {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve(NAME)).href;
  } catch {
    const fetched = join(LAYOUT.onnxRuntime, "node_modules", NAME, "dist", "index.js");
    return existsSync(fetched) ? pathToFileURL(fetched).href : undefined;
  }
}
