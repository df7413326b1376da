import { EspalierError, MachineError } from "../errors.js";

/** What a system error says of itself, Node's or SQLite's. */
interface Told extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly path?: string;
}

/**
 * An error of the machine (disk, permissions, files, network, SQLite) as a sentence with path, reason and cure, wherever
 * in the chain of causes it lies; undefined for anything else. `workspace` is named where the system names no path.
 */
export function systemFault(thrown: unknown, workspace: string): MachineError | undefined {
  const told = causesOf(thrown).find(isTold);
  if (told === undefined) return undefined;
  const [reason, cure] = reasonOf(told.code) ?? [described(told.message), "Mend that, then run it again."];
  const message = `${subjectOf(told, workspace)}: ${reason} (${told.code}). ${cure}`;
  return new MachineError(message, { cause: thrown });
}

/** An error, what caused it, and what those were made of, from the outside in. */
function causesOf(thrown: unknown): unknown[] {
  const found: unknown[] = [];
  const waiting = [thrown];
  while (waiting.length > 0) {
    const error = waiting.shift();
    if (!(error instanceof Error) || found.includes(error)) continue;
    found.push(error);
    waiting.push(error.cause, ...(error instanceof AggregateError ? error.errors : []));
  }
  return found;
}

function isTold(error: unknown): error is Told {
  if (!(error instanceof Error) || error instanceof EspalierError) return false;
  const { code, syscall } = error as Partial<Told>;
  if (typeof code !== "string") return false;
  return reasonOf(code) !== undefined || (typeof syscall === "string" && /^E[A-Z0-9]+$/.test(code));
}

function reasonOf(code: string): Reason | undefined {
  return SYSTEM[code] ?? SQLITE.find(([start]) => code.startsWith(start))?.[1];
}

function subjectOf({ code, syscall = "", path }: Told, workspace: string): string {
  if (code.startsWith("SQLITE_")) return `The ledger of ${workspace} cannot be used`;
  if (syscall === "uv_cwd") return "The working folder cannot be used";
  const [verb] = VERBS.find(([, calls]) => calls.test(syscall)) ?? ["used"];
  const subject = syscall.startsWith("spawn") ? path || syscall.slice(6) : path;
  return `${subject || (NETWORK.test(syscall) ? "Another machine" : `A file of ${workspace}`)} cannot be ${verb}`;
}

const NETWORK = /^(connect|getaddrinfo|querySrv|bind|listen)/;
const VERBS: readonly (readonly [verb: string, calls: RegExp])[] = [
  ["started", /^spawn/],
  ["reached", NETWORK],
  ["written", /^(write|fsync|fdatasync|ftruncate|truncate|copyfile|sendfile|fchmod|chmod|utime|futime)/],
  ["made", /^(mkdir|mkdtemp|symlink|link)/],
  ["moved", /^rename/],
  ["removed", /^(unlink|rmdir|rm)/],
  ["read", /^(read|open|scandir|opendir|stat|lstat|fstat|access|realpath)/],
];

/** "EXYZ: what happened, open 'file'" -> "what happened". */
function described(message: string): string {
  return message.replace(/^E[A-Z0-9]+: /, "").replace(/, \w+( '.*)?$/s, "");
}

type Reason = readonly [reason: string, cure: string];

const ROOM = "Make room there, then give the same command again: what was finished is kept.";
const OTHER_PLACE = "Change that, or choose another place (--workspace FOLDER, --out).";
const CHECK_PATH = "Check the path.";
const CONNECTION = "Check the connection and the address, then give the same command again.";
const LIMITS = "Close other programs or raise the limit (ulimit), then give the same command again.";

const SYSTEM: Readonly<Record<string, Reason>> = {
  ENOSPC: ["no space is left on its disk", ROOM],
  EDQUOT: ["the quota of its disk is used up", ROOM],
  EFBIG: ["it would be larger than the file system or the limit of file sizes (ulimit -f) allows", LIMITS],
  EROFS: ["its file system is read-only", OTHER_PLACE],
  EACCES: ["its permissions forbid it", OTHER_PLACE],
  EPERM: ["the system forbids it", OTHER_PLACE],
  ENOENT: ["there is no such file or folder", CHECK_PATH],
  ENOTDIR: ["a part of the path is a file, where a folder was expected", CHECK_PATH],
  EISDIR: ["it is a folder, where a file was expected", CHECK_PATH],
  EEXIST: ["something of that name is there already", "Move it away, or choose another name."],
  ENOTEMPTY: ["the folder is not empty", "Move away what is in it, or choose another name."],
  ENAMETOOLONG: ["the name is too long (most systems take 255 bytes)", "Choose a shorter one."],
  ELOOP: ["its symbolic links lead in a circle", "Mend the links, or name the folder itself."],
  EXDEV: ["it lies on another disk", "Choose a place on the same disk."],
  EBUSY: ["another program holds it", "Close that program, then give the same command again."],
  ETXTBSY: ["another program holds it", "Close that program, then give the same command again."],
  EIO: ["the disk or the terminal failed", "Check it, then give the same command again."],
  ESTALE: ["the network file system lost it", "Mount it again, then give the same command again."],
  EMFILE: ["too many files are open", LIMITS],
  ENFILE: ["too many files are open", LIMITS],
  ENOMEM: ["the machine has no memory left", LIMITS],
  EAGAIN: ["the system has nothing left to give (processes, memory)", LIMITS],
  EADDRINUSE: ["another program has that port", "Choose another one with --port."],
  ECONNREFUSED: ["nobody answers there", CONNECTION],
  ECONNRESET: ["the connection was cut", CONNECTION],
  ENOTFOUND: ["no such host is known", CONNECTION],
  EAI_AGAIN: ["the name of the host cannot be looked up now", CONNECTION],
  ETIMEDOUT: ["it took too long", CONNECTION],
  EHOSTUNREACH: ["there is no way to it", CONNECTION],
  ENETUNREACH: ["there is no network", CONNECTION],
  EPIPE: ["its reader has gone", "Give the command again."],
  ERR_FS_FILE_TOO_LARGE: ["it is too large to be read whole", "Split it, or choose another file."],
  ERR_STRING_TOO_LONG: ["it is too large to be read whole", "Split it, or choose another file."],
  ERR_INVALID_ARG_VALUE: ["its name holds a character that no name may hold", CHECK_PATH],
  ERR_MEMORY_ALLOCATION_FAILED: ["the machine has no memory left", LIMITS],
};

/** By the start of SQLite's codes. Faults of a statement (SQLITE_ERROR, SQLITE_CONSTRAINT) are ours, and are not here. */
const SQLITE: readonly (readonly [start: string, reason: Reason])[] = [
  ["SQLITE_NOTADB", ["its file is no database", "Choose another workspace, or move the file away."]],
  ["SQLITE_CORRUPT", ["its file is damaged", "Restore it from a copy, or begin a new workspace."]],
  ["SQLITE_FULL", ["no space is left on its disk", ROOM]],
  ["SQLITE_IOERR", ["the disk cannot be read or written", "Check the disk and its space, then run again."]],
  ["SQLITE_CANTOPEN", ["it cannot be opened", "Check the folder and its permissions."]],
  ["SQLITE_READONLY", ["it cannot be written", "Check the folder and its permissions."]],
  ["SQLITE_PERM", ["its permissions forbid it", OTHER_PLACE]],
  ["SQLITE_BUSY", ["another program holds it", "Close that program and run again."]],
  ["SQLITE_LOCKED", ["another program holds it", "Close that program and run again."]],
  ["SQLITE_PROTOCOL", ["another program holds it", "Close that program and run again."]],
  ["SQLITE_NOMEM", ["the machine has no memory left", LIMITS]],
];
