// A table of any number of rows: only those near the window are drawn. On narrow screens each row
// becomes a card of two or three lines. Arrow keys move between rows that lead somewhere.
import { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { CursorList } from "../api/list";
import { t } from "../base/i18n";
import { Link } from "../base/router";
import { full_time } from "../base/time";
import { Loading, Problem } from "./states";
import { useVirtualRows } from "./virtual";

export interface Column<T> {
  label: string;
  cell: (row: T) => ComponentChildren;
  /** Width as a grid track: `120px`, `1fr`, `minmax(…)`. */
  width: string;
  /** On a narrow screen: the first line, its right end, the second line, or nowhere. */
  narrow: "lead" | "end" | "below" | "hide";
}

interface TableProps<T> {
  label: string;
  rows: T[];
  columns: Column<T>[];
  id: (row: T) => string;
  /** Where a row leads; the first column becomes the link. */
  to?: (row: T) => string;
  on_end?: () => void;
}

const NARROW = "(max-width: 819px)";
const ROW = { wide: 45, narrow: 73 };

export function useNarrow(): boolean {
  const [narrow, set_narrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const media = matchMedia(NARROW);
    const changed = () => set_narrow(media.matches);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, []);
  return narrow;
}

function move_focus(event: JSX.TargetedKeyboardEvent<HTMLDivElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.target instanceof Element)) return;
  const row = event.target.closest("[role=row]");
  const other = step > 0 ? row?.nextElementSibling : row?.previousElementSibling;
  const link = other?.querySelector<HTMLElement>("a.row-link");
  if (!link) return;
  event.preventDefault();
  link.focus();
}

function Cells<T>({ row, columns, to }: Pick<TableProps<T>, "columns" | "to"> & { row: T }) {
  return (
    <>
      {columns.map((column, index) => (
        <div key={column.label} role="cell" class={`cell narrow-${column.narrow}`}>
          {index === 0 && to
            ? <Link class="row-link" to={to(row)}>{column.cell(row)}</Link>
            : column.cell(row)}
        </div>
      ))}
    </>
  );
}

export function Table<T>({ label, rows, columns, id, to, on_end }: TableProps<T>) {
  const narrow = useNarrow();
  const height = narrow ? ROW.narrow : ROW.wide;
  const { list, range } = useVirtualRows(rows.length, height);
  const at_end = range.last >= rows.length;
  useEffect(() => {
    if (at_end) on_end?.();
  }, [at_end, rows.length, on_end]);
  const tracks = columns.map((column) => column.width).join(" ");
  return (
    <div class="table" role="table" aria-label={label} aria-rowcount={rows.length + 1}
      style={{ "--tracks": tracks }}>
      <div role="rowgroup" class="table-head">
        <div role="row" aria-rowindex={1} class="row">
          {columns.map((column) => (
            <div key={column.label} role="columnheader" class="cell">{column.label}</div>
          ))}
        </div>
      </div>
      <div role="rowgroup" ref={list} class="table-body" onKeyDown={move_focus}
        style={{ height: `${rows.length * height}px` }}>
        {rows.slice(range.first, range.last).map((row, offset) => {
          const index = range.first + offset;
          return (
            <div key={id(row)} role="row" aria-rowindex={index + 2}
              class={to ? "row leads" : "row"}
              style={{ transform: `translateY(${index * height}px)`, height: `${height}px` }}>
              <Cells row={row} columns={columns} to={to} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface ListTableProps<T> extends Omit<TableProps<T>, "rows" | "on_end"> {
  list: CursorList<T>;
  empty: ComponentChildren;
  /** Hides rows that are loaded; the list is read on until enough remain. */
  keep?: (row: T) => boolean;
}

/** A table over a list that is read page by page as one scrolls. */
export function ListTable<T>({ list, empty, keep, ...rest }: ListTableProps<T>) {
  if (list.loading) return <Loading rows={8} />;
  if (list.error && list.rows.length === 0) {
    return <Problem error={list.error} retry={list.refresh} />;
  }
  const rows = keep ? list.rows.filter(keep) : list.rows;
  if (rows.length === 0 && !list.more) return <>{empty}</>;
  return (
    <>
      {list.error && <Problem error={list.error} retry={list.refresh} />}
      <Table {...rest} rows={rows} on_end={list.error ? () => undefined : list.load_more} />
      <p class="list-end muted small" role="status">
        {list.more
          ? list.looked_to
            ? t("list.searching", { when: full_time(list.looked_to) }) : t("list.loading_more")
          : t("list.end", { count: rows.length })}
      </p>
    </>
  );
}
