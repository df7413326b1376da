import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Material } from "../material.js";
import type { Chance } from "../random.js";
import type { Sandbox } from "../sandbox.js";
import { commandsOn } from "./commands.js";
import { POWERLESS } from "./damage.js";
import type { FaultMaker } from "./fault.js";

const TELLING = ["status", "sql", "data", "candidate", "compare"];
const WRITING = ["generate", "mine", "export", "parquet", "images", "evaluate", "import", "pair", "train"];
const LIGHT = [...TELLING, "generate", "mine", "export", "score", "import"];

/** No room: in a small file system, for any file, or behind standard output. */
export const room: FaultMaker = (chance, material, number) => {
  const words = wordsOf(chance, material, number % 3 === 2 ? TELLING : WRITING);
  if (number % 3 === 0) {
    const blocks = chance.pick([0, 1, 4, 16, 64]);
    const what = `files of at most ${blocks} KiB`;
    return {
      what,
      words,
      wrap: shell(`ulimit -f ${blocks}; trap '' XFSZ; exec "$@"`),
      breaksOff: true,
      heard: false,
    };
  }
  if (number % 3 === 2)
    return { what: "/dev/full", words, wrap: shell('exec "$@" >/dev/full'), heard: false };
  if (!mayMount()) return "nothing can be mounted here";
  const kilobytes = chance.pick([0, 4, 40, 200]);
  return {
    ...{ what: `a disk with ${kilobytes} KiB left`, words, breaksOff: true, heard: false },
    prepare: (sandbox) => fill(sandbox, kilobytes),
    undo: ({ workspace }) => void rmSync(join(workspace, "filler"), { force: true }),
  };
};

/** Nobody listens. */
export const streams: FaultMaker = (chance, material, number) => {
  const ways = [
    '"$@" | head -1',
    '"$@" | head -c 0',
    'exec "$@" >&-',
    'exec "$@" 2>&-',
    'exec "$@" <&- >&- 2>&-',
  ];
  const way = ways[number % ways.length] as string;
  const words = wordsOf(chance, material, LIGHT);
  return {
    what: way,
    words,
    wrap: shell(way),
    heard: false,
    codes: way.includes("2>&-") ? [0, 2] : [0, 2, 141],
  };
};

/** Folders that cannot be written to, or are none. */
export const places: FaultMaker = (chance, material, number) => {
  const words = wordsOf(chance, material, LIGHT);
  const long = "n".repeat(300);
  const ways = [
    { what: "a workspace with a name of 300 characters", words: [...words, "--workspace", long] },
    { what: "a workspace that is a file", words: [...words, "--workspace", "prompts.txt"] },
    { what: "a workspace below a file", words: [...words, "--workspace", "prompts.txt/w"] },
    { what: "an output with a name of 300 characters", words: exportTo(material, `${long}.jsonl`) },
    { what: "an output that is a folder", words: exportTo(material, "exports") },
    { what: "an output below a file", words: exportTo(material, "prompts.txt/out.jsonl") },
    {
      ...{ what: "a read-only workspace", words, wrap: POWERLESS, breaksOff: true },
      prepare: ({ workspace }: Sandbox) => readOnly(workspace, 0o555),
      undo: ({ workspace }: Sandbox) => readOnly(workspace, 0o755),
    },
    { what: "a deleted working folder", words, wrap: shell('mkdir gone; cd gone; rmdir ../gone; exec "$@"') },
    ...["nowhere", "loop", "/dev/null"].map((target) => ({
      what: `a workspace that is a link to ${target}`,
      words: [...words, "--workspace", "loop"],
      prepare: ({ here }: Sandbox) => symlinkSync(target, join(here, "loop")),
    })),
  ];
  // None of them finds what the undisturbed command finds.
  return { ...(ways[number % ways.length] as (typeof ways)[number]), heard: false };
};

/** What comes later is asked of what came before, or of nothing. */
export const order: FaultMaker = (chance, material, number) => {
  const { ids } = material;
  const stage = () => chance.pick([...new Set(Object.values(ids))]);
  const empty = number % 2 === 0 ? ["--workspace", "fresh"] : [];
  const ways = [
    ...[
      "score",
      "pair",
      "train",
      "agreement",
      "decide",
      "export",
      "data",
      "show",
      "replay",
      "compare",
      "evaluate",
    ],
    ...["status", "judge train", "judge report", "export-images"],
  ];
  const way = ways[Math.floor(number / 2) % ways.length] as string;
  const ends: Readonly<Record<string, readonly string[]>> = {
    ...{ compare: [stage()], "export-images": ["out"], evaluate: ["--per-task", "1"] },
    // Where chance gives them what they can take.
    ...{ "judge train": ["--steps", "1", "--batch", "4"], train: ["--steps", "1", "--batch-pairs", "2"] },
  };
  const end = ends[way] ?? [];
  const words = [...way.split(" "), stage(), ...end, ...empty];
  return {
    what: `${way} of another kind${empty.length > 0 ? ", in a fresh workspace" : ""}`,
    words,
    heard: false,
  };
};

/** The same command twice. */
export const twice: FaultMaker = (chance, material, number) => {
  const how = number % 2 === 0 ? "at once" : "in turn";
  return {
    what: `twice ${how}`,
    words: wordsOf(chance, material, [...LIGHT, "evaluate", "train"]),
    twice: how,
  };
};

/** A worker process is killed midway. */
export const workers: FaultMaker = (chance, material) => ({
  what: "a worker killed",
  words: wordsOf(chance, material, ["train", "score", "generate", "evaluate"]),
  ...{ killsWorker: true, breaksOff: true, codes: [0, 1, 2] },
});

function wordsOf(chance: Chance, material: Material, names: readonly string[]): readonly string[] {
  return commandsOn(material)[chance.pick(names)] as readonly string[];
}

function exportTo({ ids }: Material, out: string): readonly string[] {
  return ["export", ids["pairs"] as string, "--format", "jsonl", "--out", out];
}

function shell(script: string): readonly string[] {
  return ["bash", "-c", script, "bash"];
}

function readOnly(workspace: string, mode: number): void {
  if (existsSync(workspace))
    spawnSync("find", [workspace, "-type", "d", "-exec", "chmod", mode.toString(8), "{}", "+"]);
  chmodSync(workspace, mode);
}

/** Moves the workspace into a file system of its own, with so much left. */
function fill({ workspace }: Sandbox, kilobytes: number): void {
  const aside = `${workspace}.aside`;
  spawnSync("mv", [workspace, aside]);
  mkdirSync(workspace);
  spawnSync("mount", ["-t", "tmpfs", "-o", "size=32m", "tmpfs", workspace]);
  spawnSync("cp", ["-a", `${aside}/.`, workspace]);
  rmSync(aside, { recursive: true });
  spawnSync("dd", ["if=/dev/zero", `of=${workspace}/filler`, "bs=4k"]);
  const { status } = spawnSync("truncate", ["-s", `-${kilobytes}K`, join(workspace, "filler")]);
  if (status !== 0) throw new Error(`No room could be left in ${dirname(workspace)}.`);
}

let mounts: boolean | undefined;
function mayMount(): boolean {
  mounts ??= spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
  return mounts;
}

/** Ends the file system of a sandbox, if it has one. */
export function unmount({ workspace }: Sandbox): void {
  spawnSync("umount", [workspace]);
}
