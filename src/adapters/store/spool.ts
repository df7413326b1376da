import SqliteDatabase from "better-sqlite3";

/** Rows in the order they came, each key once. They lie in a temporary file: memory does not grow with them. */
export interface Spool<Row> {
  /** False where a row of this key is there already. */
  add(key: string, row: Row): boolean;
  readonly length: number;
  /** Those from place `first` on, `count` at most. */
  read(first: number, count: number): Row[];
  close(): void;
}

/** A spool of what JSON can say. SQLite deletes its file when it is closed, and when the process ends. */
export function openSpool<Row>(): Spool<Row> {
  const sqlite = new SqliteDatabase("");
  sqlite.exec(
    "CREATE TABLE spooled (place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, row TEXT NOT NULL)",
  );
  const insert = sqlite.prepare("INSERT INTO spooled VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const select = sqlite.prepare("SELECT row FROM spooled WHERE place >= ? ORDER BY place LIMIT ?").pluck();
  let length = 0;
  return {
    add: (key, row) => {
      const isNew = insert.run(length, key, JSON.stringify(row)).changes === 1;
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
