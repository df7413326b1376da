/** Part of a list that is too long to show: its rows, and where the next part begins. */
export interface PageOf<Row> {
  readonly rows: readonly Row[];
  /** What the next part begins after; null at the end. */
  readonly next: Cursor | null;
}

/** Values of the last row of a part, in the order of the list: rows that come later begin after it, whatever was written since. */
export type Cursor = readonly (string | number)[];

/** A condition of SQL with the values that it names, `:name` each. */
export interface Condition {
  readonly sql: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** A condition on `:name` where a value is given. */
export function given(sql: string, name: string, value: string | number | undefined): Condition | undefined {
  return value === undefined ? undefined : { sql, values: { [name]: value } };
}

/** On the prompt p of a row: a part of its text, capitals set aside, and its task, "" for none. */
export function promptConditions({
  text,
  task,
}: {
  readonly text?: string | undefined;
  readonly task?: string | undefined;
}): (Condition | undefined)[] {
  return [
    given("p.text LIKE :text ESCAPE '\\'", "text", text === undefined ? undefined : anywhere(text)),
    given("coalesce(p.tag, '') = :task", "task", task),
  ];
}

/** All of them together. */
export function all(conditions: readonly (Condition | undefined)[]): Condition {
  const given = conditions.filter((one) => one !== undefined);
  return {
    sql: given.map(({ sql }) => `(${sql})`).join(" AND ") || "1",
    values: Object.assign({}, ...given.map(({ values }) => values)) as Condition["values"],
  };
}

/** Rows after `cursor` in the order of `keys`, SQL expressions that together name one row. */
export function after(keys: readonly string[], direction: "ASC" | "DESC", cursor: Cursor): Condition {
  const names = keys.map((_, at) => `:after${at}`);
  return {
    sql: `(${keys.join(", ")}) ${direction === "ASC" ? ">" : "<"} (${names.join(", ")})`,
    values: Object.fromEntries(cursor.map((value, at) => [`after${at}`, value])),
  };
}

/** `rows` holds one more than are shown, where there is one. */
export function pageOf<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => Cursor): PageOf<Row> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? keyOf(last) : null };
}

/** What a LIKE pattern finds anywhere in a text; %, _ and \ stand for themselves. */
export function anywhere(text: string): string {
  return `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
}
