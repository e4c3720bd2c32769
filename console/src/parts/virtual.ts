// Which rows of a long list are near the window, so that only those exist in the document.
import { useEffect, useRef, useState } from "preact/hooks";

const SPARE_ROWS = 8;

export interface Range {
  first: number;
  last: number;
}

/** The nearest ancestor that scrolls, or the window. */
function scroller_of(element: HTMLElement): HTMLElement | Window {
  for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(up).overflowY)) return up;
  }
  return window;
}

/**
 * Rows to draw of `count` rows, each `height` pixels; `list` goes on the element that holds
 * them.
 */
export function useVirtualRows(count: number, height: number) {
  const list = useRef<HTMLDivElement>(null);
  const [range, set_range] = useState<Range>({ first: 0, last: Math.min(count, 40) });

  useEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const scroller = scroller_of(element);
    const measure = () => {
      const box = scroller instanceof Window ? { top: 0, bottom: innerHeight }
        : scroller.getBoundingClientRect();
      const top = element.getBoundingClientRect().top;
      const first = Math.floor((box.top - top) / height) - SPARE_ROWS;
      const last = Math.ceil((box.bottom - top) / height) + SPARE_ROWS;
      const next = { first: Math.max(0, Math.min(first, count)),
        last: Math.max(0, Math.min(last, count)) };
      set_range((now) => (now.first === next.first && now.last === next.last ? now : next));
    };
    measure();
    scroller.addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      scroller.removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [count, height]);
  const drawn = { first: Math.min(range.first, count), last: Math.min(range.last, count) };
  return { list, range: drawn };
}
