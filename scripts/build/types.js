// Rolls what users' compilers read into dist/types: one declaration file of each export, without those of packages that the API does not speak of
// (drizzle-orm's own need skipLibCheck).
import { rmSync } from "node:fs";
import { join } from "node:path";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { ROOT } from "../../src/machine/layout.js";

const DIST = join(ROOT, "dist");

/** From the declarations that the compiler left in dist/src. Throws where these lead nowhere. */
export async function rollTypes() {
  const input = { index: join(DIST, "src", "index.d.ts"), testing: join(DIST, "src", "testing.d.ts") };
  const rolled = await rollup({ input, plugins: [dts()], external: (name) => /^[^./]/.test(name), onwarn });
  const dir = join(DIST, "types");
  rmSync(dir, { recursive: true, force: true });
  await rolled.write({ dir, format: "es", chunkFileNames: "shared.d.ts" });
  await rolled.close();
}

/** Types may lead to each other in circles; what else is warned of is a fault. */
function onwarn(/** @type {import("rollup").RollupLog} */ warning) {
  if (warning.code === "CIRCULAR_DEPENDENCY") return;
  throw new Error(warning.message);
}
