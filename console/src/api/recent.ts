// The newest rows of a kind back to a time, for the numbers that the API does not keep.
import { get } from "./client";
import type { Page } from "./types";

const PAGE = 200;

export interface Recent<T> {
  rows: T[];
  /** False where there were more rows in the time than were read. */
  complete: boolean;
}

/** Rows of `path` not older than `since_ms`, at most `most`, newest first. */
export async function read_recent<T extends { created_at: string }>(
  path: string, since_ms: number, most: number, signal: AbortSignal,
): Promise<Recent<T>> {
  const rows: T[] = [];
  let before: string | null = null;
  while (rows.length < most) {
    const answer: Page<T> = await get<Page<T>>(path, { limit: PAGE, before }, signal);
    for (const row of answer.data) {
      if (Date.parse(row.created_at) < since_ms) return { rows, complete: true };
      rows.push(row);
    }
    before = answer.next_before;
    if (before === null) return { rows, complete: true };
  }
  return { rows, complete: false };
}
