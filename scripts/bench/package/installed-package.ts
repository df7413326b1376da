import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { SetupError } from "../../setup/run-command.js";

const ROOT = resolve(".");

/** The package as somebody has it who installed it by name. */
export interface InstalledPackage {
  /** What `npm pack` made. */
  readonly tarball: string;
  /** The project that installed it. */
  readonly project: string;
  /** The program in it, relative to the project. */
  readonly program: string;
  /** Runs a command there, as on a machine that has Node and npm alone: no variable of this one, another home, none of our folders. */
  readonly run: (command: string, words: readonly string[], added?: NodeJS.ProcessEnv) => Promise<Ended>;
}

interface Ended {
  readonly exitCode?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Packs this checkout and installs it into an empty project below `folder`. Throws SetupError with what npm said. */
export async function installPackage(folder: string): Promise<InstalledPackage> {
  const [project, home, prebuilds] = ["project", "home", "prebuilds"].map((name) => join(folder, name)) as [
    ...[string, string, string],
  ];
  for (const made of [project, home, prebuilds]) mkdirSync(made);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  await serveBinary(prebuilds);
  const packed = await execa("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: ROOT });
  const tarball = join(folder, packed.stdout.trim().split("\n").at(-1) ?? "");
  const environment = {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: home,
    npm_config_cache: process.env["npm_config_cache"] ?? join(process.env["HOME"] ?? "", ".npm"),
    npm_config_update_notifier: "false",
    // Where node-gyp finds Node's headers, as beside every usual Node; and the binary that its maker would serve.
    npm_config_nodedir: dirname(dirname(process.execPath)),
    npm_config_better_sqlite3_local_prebuilds: prebuilds,
  };
  const run: InstalledPackage["run"] = (command, words, added = {}) =>
    execa(command, words, {
      cwd: project,
      extendEnv: false,
      reject: false,
      env: { ...environment, ...added },
    });
  const installed = await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball]);
  if (installed.exitCode !== 0) throw new SetupError(`npm install ${tarball} failed:\n${installed.stderr}`);
  return { tarball, project, program: join("node_modules", "espalier", "bin", "espalier.js"), run };
}

/** better-sqlite3 as it was built for this checkout, where its installer looks before it compiles one. */
async function serveBinary(prebuilds: string): Promise<void> {
  const library = join(ROOT, "node_modules", "better-sqlite3");
  const { version } = JSON.parse(readFileSync(join(library, "package.json"), "utf8")) as { version: string };
  const machine = `node-v${process.versions.modules}-${process.platform}-${process.arch}`;
  const file = join(prebuilds, `better-sqlite3-v${version}-${machine}.tar.gz`);
  await execa("tar", ["-czf", file, "-C", library, "build/Release/better_sqlite3.node"]);
}
