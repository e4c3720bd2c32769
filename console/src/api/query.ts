// Reading as a hook: loading, data, error; asked again on demand, by interval, or by a hint.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./client";

export interface Query<T> {
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
  reload: () => void;
}

export const as_api_error = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(0, "unexpected", String(error));

/**
 * Runs `read` when `key` changes and every `every_ms` while the page is seen. What was read stays
 * while it is read again, so that nothing flickers; another `key` starts from nothing.
 */
export function useQuery<T>(
  key: string, read: (signal: AbortSignal) => Promise<T>, every_ms = 0,
): Query<T> {
  const [state, set_state] = useState<{ key: string; data?: T; error?: ApiError }>({ key });
  const [turn, set_turn] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  const reload = useCallback(() => set_turn((value) => value + 1), []);

  useEffect(() => {
    const abort = new AbortController();
    latest.current(abort.signal).then(
      (data) => set_state({ key, data }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        set_state((before) => ({
          key, error: as_api_error(error), ...(before.key === key ? { data: before.data } : {}),
        }) as { key: string; data?: T; error?: ApiError });
      });
    return () => abort.abort();
  }, [key, turn]);

  useEffect(() => {
    if (every_ms <= 0) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, every_ms);
    return () => clearInterval(timer);
  }, [every_ms, reload]);

  const mine = state.key === key;
  const data = mine ? state.data : undefined;
  const error = mine ? state.error : undefined;
  return { data, error, loading: data === undefined && error === undefined, reload };
}

export interface Action<A extends unknown[]> {
  busy: boolean;
  error: ApiError | undefined;
  run: (...args: A) => Promise<boolean>;
  clear: () => void;
}

/** A change: one at a time, with its error. `run` tells whether it went well. */
export function useAction<A extends unknown[]>(work: (...args: A) => Promise<void>): Action<A> {
  const [busy, set_busy] = useState(false);
  const [error, set_error] = useState<ApiError | undefined>();
  const going = useRef(false);
  const run = async (...args: A): Promise<boolean> => {
    if (going.current) return false;
    going.current = true;
    set_busy(true);
    set_error(undefined);
    try {
      await work(...args);
      return true;
    } catch (problem) {
      set_error(as_api_error(problem));
      return false;
    } finally {
      going.current = false;
      set_busy(false);
    }
  };
  return { busy, error, run, clear: () => set_error(undefined) };
}
