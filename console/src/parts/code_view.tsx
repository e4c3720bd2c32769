// Text from outside, shown as text. Payloads of any size stay smooth: a preview first, then all of
// it in lines of which only the visible ones exist, or as a file.
import { useMemo, useState } from "preact/hooks";
import { is_json, lay_out, tokens_of } from "../base/json_text";
import { bytes, t } from "../base/i18n";
import { CopyButton } from "./copy";
import { Icon } from "./icon";
import { useVirtualRows } from "./virtual";

const PREVIEW_LINES = 400;
const PREVIEW_CHARS = 40_000;
/** Longer lines are cut into pieces, as one line of megabytes would freeze the browser. */
const LINE_CHARS = 600;
const LINE_HEIGHT = 20;
/** Browsers draw no element higher than some ten million pixels; the rest is in the file. */
const MAX_LINES = 500_000;

function split_lines(text: string, max_lines: number): string[] {
  const lines: string[] = [];
  let at = 0;
  while (at < text.length && lines.length < max_lines) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    if (end - at > LINE_CHARS) {
      lines.push(text.slice(at, at + LINE_CHARS));
      at += LINE_CHARS;
    } else {
      lines.push(text.slice(at, end));
      at = end + 1;
    }
  }
  return lines;
}

function Line({ text, json }: { text: string; json: boolean }) {
  if (!json) return <>{text === "" ? " " : text}</>;
  return (
    <>
      {tokens_of(text).map((token, index) => (
        token.kind === "plain" ? token.text
          : <span key={index} class={`json-${token.kind}`}>{token.text}</span>
      ))}
    </>
  );
}

function AllLines({ lines, json, label }: { lines: string[]; json: boolean; label: string }) {
  const { list, range } = useVirtualRows(lines.length, LINE_HEIGHT);
  return (
    <div class="code-scroll" tabIndex={0} role="region" aria-label={label}>
      <div ref={list} class="code-lines" style={{ height: `${lines.length * LINE_HEIGHT}px` }}>
        {lines.slice(range.first, range.last).map((line, offset) => (
          <div key={range.first + offset} class="code-line"
            style={{ transform: `translateY(${(range.first + offset) * LINE_HEIGHT}px)` }}>
            <Line text={line} json={json} />
          </div>
        ))}
      </div>
    </div>
  );
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

interface CodeViewProps {
  text: string;
  label: string;
  /** Name of the file that it is saved as. */
  file?: string;
  /** Lays JSON out in lines; false shows the text as it is. */
  json?: boolean;
}

export function CodeView({ text, label, file = "payload.json", json = true }: CodeViewProps) {
  const [all, set_all] = useState(false);
  const as_json = useMemo(() => json && is_json(text), [text, json]);
  const lines = useMemo(() => {
    const part = all ? text : text.slice(0, PREVIEW_CHARS);
    return split_lines(as_json ? lay_out(part) : part, all ? MAX_LINES : PREVIEW_LINES);
  }, [all, text, as_json]);
  const cut = !all && (text.length > PREVIEW_CHARS || lines.length >= PREVIEW_LINES);
  if (text === "") return <p class="muted">{t("code.empty")}</p>;
  return (
    <div class="code">
      <div class="code-tools">
        <span class="muted small">{bytes(new Blob([text]).size)}</span>
        <button type="button" class="icon-button" onClick={() => save(text, file)}
          aria-label={t("code.download")} title={t("code.download")}>
          <Icon name="download" size={16} />
        </button>
        <CopyButton text={text} label={t("copy.label", { what: label })} />
      </div>
      {all ? <AllLines lines={lines} json={as_json} label={label} /> : (
        <pre class="code-text" tabIndex={0} aria-label={label} role="region">
          {lines.map((line, index) => (
            <div key={index} class="code-row"><Line text={line} json={as_json} /></div>
          ))}
        </pre>
      )}
      {cut && (
        <button type="button" class="button code-more" onClick={() => set_all(true)}>
          {t("code.show_all", { size: bytes(text.length) })}
        </button>
      )}
    </div>
  );
}

type HeaderSet = Record<string, string | string[]> | [string, string][];

/** Header names and values, given as an object or, where order counts, as pairs. */
export function Headers({ headers }: { headers: HeaderSet }) {
  const rows = Array.isArray(headers) ? headers : Object.entries(headers);
  if (rows.length === 0) return <p class="muted">{t("code.no_headers")}</p>;
  return (
    <dl class="headers">
      {rows.map(([name, value], index) => (
        <div key={index}>
          <dt>{name}</dt><dd>{Array.isArray(value) ? value.join(", ") : value}</dd>
        </div>
      ))}
    </dl>
  );
}
