// npm run build (npm pack and npm publish do so by themselves)
// Compiles src and pipelines into dist: ES modules with types and source maps, and the files that they read beside them.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { LAYOUT, ROOT } from "../../src/machine/layout.js";
import { runCommand } from "../setup/run-command.js";
import { buildStudio } from "./studio.js";
import { rollTypes } from "./types.js";

const DIST = join(ROOT, "dist");
const FOLDERS = ["src", "pipelines"];
const PAGES = join("src", "studio", "pages");
const COMPILED = /\.(js|d\.ts|js\.map)$/;

process.exitCode = await build();

async function build() {
  const started = new Date();
  const compiler = join(LAYOUT.nodeModules, ".bin", "tsc");
  const code = await runCommand(compiler, ["--project", "tsconfig.build.json"]);
  if (code !== 0) return code;
  const built = await buildStudio();
  if (built !== 0) return built;
  removeWithoutSource();
  await rollTypes();
  copyOthers();
  writeRuntimeLock();
  writeStamp(started);
  return 0;
}

/** What was compiled from files that are gone since. */
function removeWithoutSource() {
  for (const file of filesBelow(DIST, FOLDERS)) {
    const source = file.replace(COMPILED, "");
    const isThere = [".ts", ".js", ""].some((extension) => existsSync(join(ROOT, source + extension)));
    if (!isThere) rmSync(join(DIST, file));
  }
}

/** Of the time when the sources were read: what changes while they are compiled is newer. */
function writeStamp(/** @type {Date} */ started) {
  const stamp = join(DIST, ".built");
  writeFileSync(stamp, "");
  utimesSync(stamp, started, started);
}

/** The one page and the like; the studio's are built. */
function copyOthers() {
  const isOther = (/** @type {string} */ path) => !/\.(ts|js)$/.test(path) && !path.startsWith(PAGES);
  for (const file of filesBelow(ROOT, FOLDERS).filter(isOther)) {
    mkdirSync(dirname(join(DIST, file)), { recursive: true });
    copyFileSync(join(ROOT, file), join(DIST, file));
  }
}

/** onnxruntime-node and what it needs, as package-lock.json has them: `espalier setup` installs them by it. */
function writeRuntimeLock() {
  const name = "onnxruntime-node";
  const { packages } = JSON.parse(readFileSync(LAYOUT.packageLock, "utf8"));
  /** @type {Record<string, object>} */
  const locked = {};
  const add = (/** @type {string} */ wanted) => {
    const place = `node_modules/${wanted}`;
    if (place in locked) return;
    const { dev: _dev, peer: _peer, ...entry } = packages[place];
    locked[place] = entry;
    for (const needed of Object.keys(entry.dependencies ?? {})) add(needed);
  };
  add(name);
  const project = { name: "espalier-runtime", version: "1.0.0", private: true };
  const dependencies = { [name]: packages[`node_modules/${name}`].version };
  const folder = join(DIST, "onnx-runtime");
  mkdirSync(folder, { recursive: true });
  const root = { ...project, dependencies };
  writeJson(join(folder, "package.json"), root);
  const lock = { name: project.name, version: project.version, lockfileVersion: 3, requires: true };
  writeJson(join(folder, "package-lock.json"), { ...lock, packages: { "": root, ...locked } });
}

/**
 * @param {string} file
 * @param {unknown} content
 */
function writeJson(file, content) {
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * @param {string} root
 * @param {readonly string[]} folders
 * @returns {string[]} paths below `root`
 */
function filesBelow(root, folders) {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
  );
}
