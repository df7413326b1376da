import { COMMANDS } from "../../../src/commands/catalogue.js";
import { flagName } from "../../../src/commands/command.js";
import type { Chance } from "../random.js";
import type { FuzzMaker } from "./fuzz-case.js";
import { oddWord } from "./odd.js";

/** Whose work is not bounded by what they are given here: a server, a terminal, a check of the whole machine. */
const APART = ["review", "doctor", "init", "work-shards", "scenes"];
const FLAGGED = COMMANDS.filter(({ name, hidden }) => !hidden && !APART.includes(name));

/** Command lines: every flag, mostly with values that it cannot have. */
export const flags: FuzzMaker = (chance, { ids }) => {
  const command = chance.pick(FLAGGED);
  const words = [command.name, ...command.positionals.map(() => wordOf(chance, ids))];
  const known = Object.entries({
    ...command.flags,
    json: { takes: undefined },
    workspace: { takes: "folder" },
  });
  for (let left = 1 + chance.below(3); left > 0; left--) {
    const [key, { takes }] = chance.pick(known);
    // Its own name as the folder of a workspace would be right, and another folder beside the workspace.
    const value =
      key === "workspace"
        ? chance.pick(["", " ", "prompts.txt", "/proc/x", "/dev/null", "a".repeat(300)])
        : oddWord(chance);
    words.push(
      chance.is(0.05) ? `${flagName(key)}x` : flagName(key),
      ...(takes && chance.is(0.95) ? [value] : []),
    );
  }
  // None of these lines is to do long work: one flag is wrong for certain.
  return { words: [...words, "--round", "0x"], outputs: ["exports"] };
};

function wordOf(chance: Chance, ids: Readonly<Record<string, string>>): string {
  return chance.is(0.5) ? chance.pick(Object.values(ids)) : oddWord(chance);
}

/** Ids: cut, lengthened, of another kind, or none. */
export const identities: FuzzMaker = (chance, { ids }, name) => {
  const known = chance.pick(Object.values(ids));
  const id = chance.pick([
    () => known,
    () => known.slice(0, 1 + chance.below(known.length)),
    () => known + oddWord(chance),
    () => known.toUpperCase(),
    () => oddWord(chance),
    () => `${known.slice(0, 4)}${oddWord(chance)}${known.slice(5)}`,
  ])();
  const out = `${name}.out`;
  const lines = [
    ...[
      ["show", id, "--out", out],
      ["data", id, "--samples", "1", "--sheet", out],
      ["replay", id],
      ["status", id],
    ],
    ...[
      ["pair", id, "--margin", "0.9"],
      ["agreement", id],
      ["decide", id],
      ["compare", id, known, "--resamples", "100"],
    ],
    ...[
      ["export", id, "--out", `${out}.parquet`],
      ["export-images", id, out],
      ["train", id, "--steps", "0"],
    ],
    ...[
      ["data", id, "--against", known],
      ["judge", "report", id],
      ["score", id],
      ["data", "--against", id],
    ],
  ];
  return { words: chance.pick(lines), outputs: [out, `${out}.parquet`] };
};

const QUERIES = [
  "SELECT * FROM runs",
  "SELECT name, count(*) FROM stages GROUP BY name",
  "WITH a AS (SELECT 1) SELECT * FROM a, pairs",
  "EXPLAIN SELECT * FROM candidates WHERE id = :id",
  "PRAGMA table_info(runs)",
  "DELETE FROM runs",
  "SELECT ?, @a, $b, :c",
  "ATTACH DATABASE 'other.db' AS other",
  "VACUUM INTO 'copy.db'",
  "SELECT load_extension('x')",
  "PRAGMA journal_mode = DELETE",
  "SELECT writefile('x', 1)",
];
const SQL = [
  ...[
    "SELECT",
    "*",
    "FROM",
    "WHERE",
    "runs",
    "stages",
    "NULL",
    "1",
    "'a'",
    "(",
    ")",
    ",",
    ";",
    "--",
    "/*",
    "UNION",
  ],
  ...[
    "x'00ff'",
    "char(27)",
    "char(0)",
    "9223372036854775807",
    "-9223372036854775808",
    "1e999",
    "abs(-9223372036854775808)",
  ],
  ...[
    "zeroblob(1000)",
    "randomblob(10)",
    "json('{')",
    "CAST('x' AS INT)",
    "printf('%s', 1)",
    "PRAGMA",
    "AS",
    '"a"',
  ],
];

/** Questions to the ledger: right, writing, unbound, broken. */
export const sql: FuzzMaker = (chance) => {
  const query = chance.is(0.4)
    ? chance.pick(QUERIES)
    : [
        "SELECT",
        ...Array.from({ length: 1 + chance.below(8) }, () => chance.pick([...SQL, oddWord(chance)])),
      ].join(" ");
  const words = ["sql", query, "--limit", chance.pick(["1", "5", "100"])];
  return { words: chance.is(0.3) ? [...words, "--json"] : words };
};
