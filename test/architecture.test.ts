import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, test } from "vitest";

const SOURCE = resolve("src");

/** From the top down: a layer imports only those below it, and itself. Layers of one line stand side by side. */
const LAYERS = [
  ["cli"],
  ["commands"],
  ["studio"],
  ["runner"],
  ["families", "judges", "testing"],
  ["stages"],
  ["search"],
  ["pictures"],
  ["adapters"],
  ["decoding", "geneval", "scenes", "statistics"],
  ["config"],
  ["records"],
  ["paths"],
  ["errors", "machine"],
];

/** Folders whose parts do not know each other. A file directly in such a folder is shared by all parts. */
const SEPARATE = ["stages", "adapters"];
/** Rooms of such a folder that all its parts share as well. */
const SHARED = ["stages/pages", "stages/pictures", "stages/running", "stages/sampling"];

/** The one folder that may import each outside library. */
const DOORS: Readonly<Record<string, string>> = {
  "apache-arrow": "adapters/arrow",
  "better-sqlite3": "adapters/store",
  "drizzle-orm": "adapters/store",
  hyparquet: "adapters/parquet",
  "hyparquet-writer": "adapters/parquet",
  "hyparquet-compressors": "adapters/decompress.ts",
  execa: "adapters/line-process.ts",
  "onnxruntime-node": "adapters/onnx",
  sharp: "adapters/images",
  hono: "adapters/web",
  preact: "studio/pages",
  uplot: "studio/pages",
  vite: "studio/pages",
  "@hono/node-server": "adapters/web",
  "@huggingface/hub": "adapters/hub",
  commander: "commands",
  "cli-progress": "commands",
  "modern-tar": "adapters/tar",
  "csv-parse": "adapters/text",
  "@streamparser/json": "adapters/text",
  tsx: "adapters/import-source.ts",
};

/** What starts processes. */
const STARTERS = ["node:child_process", "execa"];

const MOST_LOOSE_FILES = 20;
/** One file a subcommand. */
const FULL_FOR_A_REASON = ["commands"];

const MOST_LINES = 250;
/** Longer files, each with its reason. */
const LONG_FOR_A_REASON = new Map([
  ["config/pipeline-settings.ts", "every setting of a pipeline, generated"],
  ["adapters/store/schema.ts", "every table of the ledger, which drizzle-kit reads as one"],
]);

interface File {
  /** Below src, with forward slashes: "stages/pairs/mine.ts". */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

interface Import {
  readonly specifier: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
  /** Only when the code comes to it. */
  readonly isLate: boolean;
}

const files = listFiles(SOURCE).map(readSource);
const byPath = new Map(files.map((file) => [file.path, file]));

describe("the house", () => {
  test("is read whole", () => {
    expect(files.length).toBeGreaterThan(60);
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(150);
  });

  test("has every file in a known layer", () => {
    const known = [...LAYERS.flat(), "index"];
    expect(files.filter(({ path }) => !known.includes(layerOf(path))).map(({ path }) => path)).toEqual([]);
  });

  test("imports downwards only", () => {
    expect(
      edges()
        .filter(({ from, to }) => isUpward(from, to))
        .map(written),
    ).toEqual([]);
  });

  test("keeps stages apart from stages and adapters from adapters", () => {
    expect(
      edges()
        .filter(({ from, to }) => crossesRooms(from, to))
        .map(written),
    ).toEqual([]);
  });

  test("has no circle of imports, of types neither", () => {
    expect(findCircles()).toEqual([]);
  });

  test("lets each outside library in through one door", () => {
    const strays = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => !path.startsWith(`${DOORS[libraryOf(specifier)] ?? ""}`))
        .map(({ specifier }) => `${path} imports ${specifier}`),
    );
    expect(strays).toEqual([]);
  });

  test("resolves every relative import to a file of the house", () => {
    const outside = edges().filter(({ to }) => !byPath.has(to));
    expect(outside.map(written)).toEqual([]);
  });

  test("reads the machine in plain JavaScript: set-up does so before any package is installed", () => {
    const machine = files.filter(({ path }) => layerOf(path) === "machine");
    expect(machine.length).toBeGreaterThan(5);
    const early = ({ path, imports }: File) =>
      path.endsWith(".js") && imports.every(({ specifier }) => /^(node:|\.\/)/.test(specifier));
    expect(machine.filter((file) => !early(file)).map(({ path }) => path)).toEqual([]);
  });

  test("ends the process in cli.ts only", () => {
    const exits = files.filter(({ text }) => /process\s*\.\s*(exit\b|exitCode|abort\b)/.test(text));
    expect(exits.map(({ path }) => path)).toEqual(["cli.ts"]);
  });

  test("writes to the terminal in cli.ts only", () => {
    const writes = files.filter(({ text }) => /console\.|process\.(stdout|stderr)/.test(text));
    expect(writes.map(({ path }) => path)).toEqual(["cli.ts"]);
  });

  test("makes folders in make-folder.ts only: Node's recursive mkdir hangs under /proc", () => {
    const makers = files.filter(({ text }) => /\bmkdir(Sync)?\(/.test(text));
    expect(makers.map(({ path }) => path)).toEqual(["adapters/make-folder.ts"]);
  });

  test("gives every process it starts the one environment", () => {
    const starts = files.filter(({ imports }) =>
      imports.some(({ specifier, typeOnly }) => STARTERS.includes(specifier) && !typeOnly),
    );
    expect(starts.length).toBeGreaterThanOrEqual(5);
    const own = starts.filter(({ text }) => !text.includes("env: childEnvironment("));
    expect(own.map(({ path }) => path)).toEqual([]);
  });

  test("waits for no process synchronously in a test: a file that does not answer for a minute fails the run", () => {
    const tests = listFiles(resolve("test"));
    expect(tests.length).toBeGreaterThan(150);
    const waiting = tests.filter((path) =>
      /\b(spawn|execFile|exec|execa)Sync\(/.test(readFileSync(path, "utf8")),
    );
    expect(waiting.map((path) => relative(".", path))).toEqual([]);
  });

  test("shows no shortened list without saying where all of it is: some-of.ts does so", () => {
    const cut = files.filter(({ text }) =>
      /\.slice\(0, \w+\)\s*(\.map\([^)]*\)\s*)?\.join\(", "\)/.test(text),
    );
    expect(cut.map(({ path }) => path)).toEqual(["records/some-of.ts"]);
  });

  test("starts without the settings: --help waits for no schema", () => {
    const begun = staticallyFrom("cli.ts");
    expect(begun.size).toBeGreaterThan(40);
    expect([...begun].filter((path) => path.startsWith("config/schema"))).toEqual([]);
  });

  test("names things: no file called utils or helpers", () => {
    const vague = /^(utils?|helpers?|common|misc)$/;
    expect(
      files.filter(({ path }) => path.split("/").some((part) => vague.test(part.replace(".ts", "")))),
    ).toEqual([]);
  });

  test(`has no folder of more than ${MOST_LOOSE_FILES} loose files`, () => {
    const loose = new Map<string, number>();
    for (const { path } of files) loose.set(dirname(path), (loose.get(dirname(path)) ?? 0) + 1);
    expect(loose.size).toBeGreaterThan(40);
    const full = [...loose].filter(([, count]) => count > MOST_LOOSE_FILES).map(([folder]) => folder);
    expect(full.filter((folder) => !FULL_FOR_A_REASON.includes(folder))).toEqual([]);
  });

  test(`has no file of more than ${MOST_LINES} lines`, () => {
    const long = files.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
    const tooLong = long.filter(({ lines }) => lines > MOST_LINES).map(({ path }) => path);
    expect(tooLong.filter((path) => !LONG_FOR_A_REASON.has(path))).toEqual([]);
  });
});

interface Edge {
  readonly from: string;
  readonly to: string;
}

function edges(): Edge[] {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier }) => specifier.startsWith(".") && !specifier.endsWith(".css"))
      .map(({ specifier }) => ({ from: path, to: target(path, specifier) })),
  );
}

function target(from: string, specifier: string): string {
  const path = relative(SOURCE, resolve(SOURCE, dirname(from), specifier))
    .split(sep)
    .join("/");
  const typescript = path.replace(/\.js$/, ".ts");
  return byPath.has(typescript) ? typescript : path;
}

function layerOf(path: string): string {
  return path.split("/")[0]?.replace(/\.(ts|js)$/, "") ?? "";
}

function isUpward(from: string, to: string): boolean {
  const [above, below] = [from, to].map((path) => LAYERS.findIndex((row) => row.includes(layerOf(path)))) as [
    number,
    number,
  ];
  // index.ts names what the whole house exports.
  if (layerOf(from) === "index") return false;
  if (layerOf(to) === "index") return true;
  return above > below || (above === below && layerOf(from) !== layerOf(to));
}

function crossesRooms(from: string, to: string): boolean {
  const [folder, room, inner] = from.split("/");
  const [otherFolder, otherRoom, otherInner] = to.split("/");
  if (folder !== otherFolder || !SEPARATE.includes(folder ?? "")) return false;
  if (SHARED.includes(`${otherFolder}/${otherRoom}`)) return false;
  return inner !== undefined && otherInner !== undefined && room !== otherRoom;
}

/** Files that import each other in a circle, if only types. */
function findCircles(): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges()) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path);
    if (seen >= 0) circles.push([...trail.slice(seen), path].join(" -> "));
    if (seen >= 0 || done.has(path)) return;
    for (const to of next.get(path) ?? []) walk(to, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) walk(path, []);
  return circles;
}

/** Every file that is loaded with this one, at once. */
function staticallyFrom(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { specifier, typeOnly, isLate } of byPath.get(path)?.imports ?? [])
    if (specifier.startsWith(".") && !typeOnly && !isLate) staticallyFrom(target(path, specifier), seen);
  return seen;
}

function written({ from, to }: Edge): string {
  return `${from} imports ${to}`;
}

/** "apache-arrow" of "apache-arrow/ipc", "@scope/name" of "@scope/name/part". */
function libraryOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(tsx?|js)$/.test(path))
    .map((path) => join(folder, path))
    .sort((one, other) => basename(one).localeCompare(basename(other)));
}

function readSource(file: string): File {
  const text = readFileSync(file, "utf8");
  const path = relative(SOURCE, file).split(sep).join("/");
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)";/gm);
  const dynamic = text.matchAll(/\bimport\("([^"]+)"\)/g);
  return {
    path,
    text,
    imports: [
      ...[...statements].map(([, type, specifier = ""]) => ({
        specifier,
        typeOnly: type !== undefined,
        isLate: false,
      })),
      ...[...dynamic].map(([, specifier = ""]) => ({ specifier, typeOnly: false, isLate: true })),
    ],
  };
}
