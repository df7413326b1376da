import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Material } from "../material.js";
import type { Chance } from "../random.js";
import { commandsOn, READERS } from "./commands.js";
import type { Fault, FaultMaker } from "./fault.js";

/** What can happen to a file, by name. */
const DAMAGE: Readonly<Record<string, (file: string, chance: Chance) => void>> = {
  flipped: (file, chance) => {
    const bytes = readFileSync(file);
    const at = chance.below(Math.max(bytes.length, 1));
    if (bytes.length > 0) bytes[at] = (bytes[at] as number) ^ (1 << chance.below(8));
    writeFileSync(file, bytes);
  },
  truncated: (file, chance) => truncateSync(file, chance.below(Math.max(readFileSync(file).length, 1))),
  emptied: (file) => truncateSync(file, 0),
  deleted: (file) => rmSync(file),
  zeroed: (file) => writeFileSync(file, Buffer.alloc(readFileSync(file).length)),
  foreign: (file, chance) =>
    writeFileSync(file, chance.pick(["a letter to nobody\n", "{}", "[]", "PK\u0003\u0004", "\u0089PNG\r\n"])),
  folder: (file) => {
    rmSync(file);
    mkdirSync(file);
  },
  dangling: (file) => relink(file, "nowhere"),
  looping: (file) => relink(file, basename(file)),
  leaving: (file) => relink(file, "/etc/hostname"),
};

/** Which commands read a file, by its path below the workspace. */
const KINDS: readonly (readonly [RegExp, keyof typeof READERS])[] = [
  [/espalier\.db$/, "ledger"],
  [/candidates/, "candidates"],
  [/pairs/, "pairs"],
  [/evaluation/, "evaluation"],
  [/checkpoints|\.(safetensors|onnx)$/, "checkpoints"],
  [/samples|judge/, "judge"],
  [/^reports/, "reports"],
  [/./, "any"],
];

/** Damages every kind of file of the workspace in turn, in every way in turn. */
export const damage: FaultMaker = (chance, material, number) => {
  const groups = [...filesByKind(material)];
  const [group, files] = groups[number % groups.length] as (typeof groups)[number];
  const ways = Object.keys(DAMAGE);
  const way = ways[Math.floor(number / groups.length) % ways.length] as string;
  const file = chance.pick(files);
  return faultOf(chance, material, {
    file,
    readers: READERS[group],
    what: `${file} ${way}`,
    act: (path) => DAMAGE[way]?.(path, chance),
  });
};

/** Takes every permission from a file or its folder; root needs to be nobody to feel it. */
export const permissions: FaultMaker = (chance, material) => {
  const [group, files] = chance.pick([...filesByKind(material)]);
  const file = chance.pick(files);
  const mode = chance.pick([0o000, 0o444, 0o111]);
  const ofFolder = chance.is(0.4);
  const fault = faultOf(chance, material, {
    file,
    readers: READERS[group],
    what: `${ofFolder ? "folder of " : ""}${file} with mode ${mode.toString(8)}`,
    act: (path) => chmodSync(ofFolder ? dirname(path) : path, mode),
  });
  const { named: _named, ...rest } = fault;
  return { ...rest, wrap: POWERLESS, undo: ({ workspace }) => chmodAll(workspace, file) };
};

/** Root without its power to ignore permissions. */
export const POWERLESS = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"];

function faultOf(
  chance: Chance,
  material: Material,
  damaged: {
    readonly file: string;
    readonly readers: readonly string[];
    readonly what: string;
    readonly act: (path: string) => void;
  },
): Fault {
  const commands = commandsOn(material);
  const words = commands[chance.pick(damaged.readers.filter((name) => commands[name]))] as readonly string[];
  return {
    what: damaged.what,
    words,
    prepare: ({ workspace }) => damaged.act(join(workspace, damaged.file)),
    // A shard is named by its folder as well as by its file.
    named: [basename(damaged.file), ...damaged.file.split("/").slice(-3, -1), "ledger"],
  };
}

function filesByKind({ sandbox }: Material): Map<keyof typeof READERS, string[]> {
  const found = new Map<keyof typeof READERS, string[]>();
  const entries = readdirSync(sandbox.workspace, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name).slice(sandbox.workspace.length + 1);
    const kind = KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? "any";
    found.set(kind, [...(found.get(kind) ?? []), path].sort());
  }
  return new Map([...found].sort());
}

function chmodAll(workspace: string, file: string): void {
  chmodSync(dirname(join(workspace, file)), 0o755);
  chmodSync(join(workspace, file), 0o644);
}

function relink(file: string, target: string): void {
  rmSync(file);
  symlinkSync(target, file);
}
