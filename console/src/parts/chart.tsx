// Charts over time, by uPlot. A canvas says nothing to a screen reader, so each chart has a
// sentence and its numbers as a table.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { language, number, t } from "../base/i18n";
import { useStore } from "../base/store";
import { colour, theme, watch_system_theme } from "../base/theme";

export interface Series {
  label: string;
  /** A colour variable, such as `--good`. */
  colour: string;
  /** Stands beside the label, such as the whole time's percentile. */
  note?: string;
  values: (number | null)[];
}

interface ChartProps {
  label: string;
  /** Beginning of each bucket, Unix seconds. */
  times: number[];
  series: Series[];
  kind: "stack" | "lines";
  height?: number;
  format?: (value: number) => string;
}

/** Sums from the bottom up, so that bars drawn over each other look stacked. */
function stacked(series: Series[]): (number | null)[][] {
  const sums: (number | null)[][] = [];
  for (const one of series) {
    const below = sums[sums.length - 1];
    sums.push(one.values.map((value, index) => (value ?? 0) + (below?.[index] ?? 0)));
  }
  return sums;
}

/** Half a bucket more at both ends, where half of a bar would be cut off. */
function padded({ kind, times }: ChartProps, min: number, max: number): [number, number] {
  const half = kind === "stack" ? ((times[1] ?? 0) - (times[0] ?? 0)) / 2 : 0;
  return [min - half, max + half];
}

function options_of(props: ChartProps, width: number): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  const format = props.format ?? ((value: number) => number(value));
  const bars = uPlot.paths.bars?.({ size: [0.72, 40], radius: 0.12 });
  const series = props.series.map((one): uPlot.Series => ({
    label: one.label,
    stroke: colour(one.colour),
    ...(props.kind === "stack"
      ? { fill: colour(one.colour), ...(bars ? { paths: bars } : {}), width: 0 }
      : { width: 2, spanGaps: true }),
    points: { show: props.kind === "lines" && props.times.length < 80, size: 5 },
  }));
  return {
    width,
    height: props.height ?? 200,
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: true, range: (_, min, max) => padded(props, min, max) },
      y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] },
    },
    axes: [
      { ...axis, size: 32, grid: { show: false }, values: (_, splits) => tick_labels(splits) },
      { ...axis, size: 56, values: (_, splits) => splits.map((value) =>
        value === 0 ? "0"
          : Number.isInteger(value) || props.kind === "lines" ? format(value) : "") },
    ],
    series: [{}, ...(props.kind === "stack" ? series.reverse() : series)],
  };
}

function tick_labels(splits: number[]): string[] {
  const span = (splits[splits.length - 1] ?? 0) - (splits[0] ?? 0);
  const form: Intl.DateTimeFormatOptions = span > 172_800
    ? { day: "numeric", month: "short" }
    : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return splits.map((at) => new Date(at * 1000).toLocaleString(language.get(), form));
}

function draw(host: HTMLElement, props: ChartProps): () => void {
  let plot: uPlot | undefined;
  const data = props.kind === "stack" ? stacked(props.series).reverse()
    : props.series.map((one) => one.values);
  const redraw = () => {
    plot?.destroy();
    plot = new uPlot(options_of(props, host.clientWidth), [props.times, ...data], host);
  };
  redraw();
  const resized = new ResizeObserver(() =>
    plot?.setSize({ width: host.clientWidth, height: props.height ?? 200 }));
  resized.observe(host);
  const unwatch = watch_system_theme(redraw);
  return () => {
    resized.disconnect();
    unwatch();
    plot?.destroy();
  };
}

function NumbersTable({ times, series, format = number, label }: ChartProps) {
  const rows = times.map((at, index) => ({ at, index })).filter(
    ({ index }) => series.some((one) => one.values[index]));
  return (
    <details class="numbers">
      <summary>{t("chart.as_table")}</summary>
      <div class="numbers-scroll" tabIndex={0} role="region" aria-label={label}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("chart.time")}</th>
              {series.map((one) => <th key={one.label} scope="col">{one.label}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ at, index }) => (
              <tr key={at}>
                <th scope="row">{new Date(at * 1000).toLocaleString(language.get())}</th>
                {series.map((one) => {
                  const value = one.values[index];
                  return <td key={one.label}>{value == null ? "–" : format(value)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Legend({ series }: { series: Series[] }) {
  return (
    <ul class="legend">
      {series.map((one) => (
        <li key={one.label}>
          <span class="swatch" style={{ background: `var(${one.colour})` }} />{one.label}
          {one.note && <> <strong>{one.note}</strong></>}
        </li>
      ))}
    </ul>
  );
}

export function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const shown = useStore(theme);
  useEffect(() => (host.current ? draw(host.current, props) : undefined), [props, shown]);
  return (
    <figure class="chart">
      {props.series.length > 1 && <Legend series={props.series} />}
      <div ref={host} class="chart-host" role="img" aria-label={props.label} />
      <NumbersTable {...props} />
    </figure>
  );
}
