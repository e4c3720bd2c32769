// A list that is read page by page backwards in time, and kept fresh at its head.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get } from "./client";
import { as_api_error } from "./query";
import type { Page } from "./types";

type Filter = Record<string, string>;

export interface CursorList<T> {
  rows: T[];
  error: ApiError | undefined;
  loading: boolean;
  /** True while there are older rows. */
  more: boolean;
  /** Of a search that goes on: the time of the row that was looked at last. */
  looked_to: string | null;
  load_more: () => void;
  /** Reads the head again: new rows come in, known ones are brought up to date. */
  refresh: () => void;
}

interface State<T> {
  key: string;
  rows: T[];
  next: string | null;
  looked_to?: string | null;
  loaded: boolean;
  error?: ApiError;
}

const PAGE = 50;
/** Pages of new rows that one refresh follows before it starts the list anew. */
const MAX_CATCH_UP = 4;

/** Rows newer than those known, found by paging from the head until a known one comes. */
async function read_head<T extends { id: string }>(
  path: string, filter: Filter, known: Set<string>, signal: AbortSignal,
): Promise<{ rows: T[]; next: string | null; joined: boolean }> {
  const rows: T[] = [];
  let next: string | null = null;
  for (let page = 0; page < MAX_CATCH_UP; page++) {
    const answer: Page<T> = await get<Page<T>>(
      path, { ...filter, limit: PAGE, before: next }, signal);
    rows.push(...answer.data);
    next = answer.next_before;
    if (known.size === 0 || next === null) return { rows, next, joined: known.size > 0 };
    if (answer.data.some((row) => known.has(row.id))) return { rows, next, joined: true };
  }
  return { rows, next, joined: false };
}

function merge<T extends { id: string }>(
  before: State<T>, head: { rows: T[]; next: string | null; joined: boolean },
): State<T> {
  const fresh = new Set(head.rows.map((row) => row.id));
  const older = head.joined ? before.rows.filter((row) => !fresh.has(row.id)) : [];
  // A head that reached the end of the list is the whole list; anything beyond it is gone.
  const whole = head.next === null;
  const rows = whole ? head.rows : [...head.rows, ...older];
  const keep_cursor = head.joined && !whole && older.length > 0;
  return { ...before, rows, next: keep_cursor ? before.next : head.next, loaded: true,
    error: undefined } as State<T>;
}

export function useCursorList<T extends { id: string }>(
  path: string, filter: Filter,
): CursorList<T> {
  const key = `${path}?${new URLSearchParams(filter)}`;
  const empty = (): State<T> => ({ key, rows: [], next: null, loaded: false });
  const [state, set_state] = useState<State<T>>(empty);
  const mine = state.key === key ? state : empty();
  const latest = useRef(mine);
  latest.current = mine;
  const busy = useRef<AbortController | null>(null);

  const read = useCallback((older: boolean) => {
    if (busy.current) return;
    const abort = new AbortController();
    busy.current = abort;
    const now = latest.current;
    const update = (change: (before: State<T>) => State<T>) => {
      if (abort.signal.aborted) return;
      busy.current = null;
      set_state((before) => change(before.key === key ? before : empty()));
    };
    const work = older
      ? get<Page<T>>(path, { ...filter, limit: PAGE, before: now.next }, abort.signal).then(
        (answer) => update((before) => ({
          ...before,
          rows: [...before.rows, ...answer.data.filter(
            (row) => !before.rows.some((known) => known.id === row.id))],
          next: answer.next_before,
          looked_to: answer.searched?.looked_to ?? null,
          error: undefined,
        }) as State<T>))
      : read_head<T>(path, filter, new Set(now.rows.map((row) => row.id)), abort.signal).then(
        (head) => update((before) => merge(before, head)));
    work.catch((error: unknown) =>
      update((before) => ({ ...before, loaded: true, error: as_api_error(error) })));
  }, [key]);

  useEffect(() => {
    read(false);
    return () => {
      busy.current?.abort();
      busy.current = null;
    };
  }, [key]);

  return {
    rows: mine.rows,
    error: mine.error,
    loading: !mine.loaded,
    more: mine.next !== null,
    looked_to: mine.looked_to ?? null,
    load_more: () => { if (mine.next !== null) read(true); },
    refresh: () => read(false),
  };
}
