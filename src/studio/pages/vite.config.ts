import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** Everything is a file of its own: the pages' policy lets nothing in that is written into a page. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  logLevel: "warn",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: { assetsInlineLimit: 0, modulePreload: false, emptyOutDir: true, target: "es2022" },
});
