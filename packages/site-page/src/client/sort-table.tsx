import type { ComponentChildren, JSX } from "preact";

/** One column of a table. */
export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly isNumber?: boolean;
  /** What rows are sorted by; without it the column cannot be sorted. */
  sortBy?(row: Row): string | number | null;
  cell(row: Row): ComponentChildren;
}

interface Props<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  /** Key of a column, with `-` in front if downwards. */
  readonly sort: string;
  onSort(sort: string): void;
  /** What stands there without rows. */
  readonly empty: string;
  warns?(row: Row): boolean;
}

/** A table whose columns can be sorted; on a narrow screen each row is a card. */
export function SortTable<Row>(props: Props<Row>): JSX.Element {
  const { caption, columns, rows, keyOf, sort, onSort, empty, warns } = props;
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <Head key={column.key} column={column} sort={sort} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody>
        {sorted(rows, columns, sort).map((row) => (
          <tr key={keyOf(row)} class={warns?.(row) === true ? "warns" : undefined}>
            {columns.map((column, at) =>
              at === 0 ? (
                <th key={column.key} scope="row">
                  {column.cell(row)}
                </th>
              ) : (
                <td key={column.key} class={column.isNumber ? "number" : undefined}>
                  <span class="label" aria-hidden="true">
                    {column.title}
                  </span>
                  <span class="value">{column.cell(row)}</span>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly sort: string;
  onSort(sort: string): void;
}

function Head<Row>({ column, sort, onSort }: HeadProps<Row>): JSX.Element {
  const { key, title, isNumber, sortBy } = column;
  const isUp = sort === key;
  const isDown = sort === `-${key}`;
  if (sortBy === undefined) return <th scope="col">{title}</th>;
  return (
    <th
      scope="col"
      class={isNumber ? "number" : undefined}
      aria-sort={isUp ? "ascending" : isDown ? "descending" : "none"}
    >
      <button
        type="button"
        onClick={() => onSort(isDown || (!isUp && !isNumber) ? key : isUp ? `-${key}` : `-${key}`)}
      >
        {title}
        <span aria-hidden="true">{isUp ? " ▲" : isDown ? " ▼" : ""}</span>
      </button>
    </th>
  );
}

function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: string): readonly Row[] {
  const isDown = sort.startsWith("-");
  const sortBy = columns.find(({ key }) => key === sort.replace(/^-/, ""))?.sortBy;
  if (sortBy === undefined) return rows;
  const up = rows.toSorted((a, b) => compare(sortBy(a), sortBy(b)));
  return isDown ? up.reverse() : up;
}

function compare(a: string | number | null, b: string | number | null): number {
  if (typeof a === "string" && typeof b === "string") return a.localeCompare(b, "en", { numeric: true });
  return Number(a ?? -1) - Number(b ?? -1);
}
