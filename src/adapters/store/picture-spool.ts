import SqliteDatabase from "better-sqlite3";
import type { PictureCandidate } from "../../records/picture.js";
import type { Prompt } from "../../records/prompt.js";

/** A picture that was looked at, on its way into the ledger. */
export interface SpooledPicture {
  readonly candidate: PictureCandidate;
  readonly prompt: Prompt;
  /** Whether its bytes were copied into the workspace for it, where none were. */
  readonly copied: boolean;
}

/** Pictures in the order they came, each candidate once. They lie in a temporary file: memory does not grow with them. */
export interface PictureSpool {
  /** False where a candidate of this id is there already. */
  add(picture: SpooledPicture): boolean;
  readonly length: number;
  /** Those from place `first` on, `count` at most. */
  read(first: number, count: number): SpooledPicture[];
  close(): void;
}

/** SQLite deletes the file when the spool is closed, and when the process ends. */
export function openPictureSpool(): PictureSpool {
  const sqlite = new SqliteDatabase("");
  sqlite.exec(
    "CREATE TABLE spooled (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, picture TEXT NOT NULL)",
  );
  const insert = sqlite.prepare("INSERT INTO spooled VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const select = sqlite
    .prepare("SELECT picture FROM spooled WHERE place >= ? ORDER BY place LIMIT ?")
    .pluck();
  let length = 0;
  return {
    add: (picture) => {
      const isNew = insert.run(length, picture.candidate.id, JSON.stringify(picture)).changes === 1;
      if (isNew) length += 1;
      return isNew;
    },
    get length() {
      return length;
    },
    read: (first, count) => (select.all(first, count) as string[]).map((row) => JSON.parse(row)),
    close: () => sqlite.close(),
  };
}
