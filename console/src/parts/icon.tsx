// Line icons, 20 × 20, drawn in the text's colour. Decorative: the text beside them says the same.
const PATHS = {
  overview: "M3 10h3l2-5 4 10 2-5h3",
  events: "M4 5h12M4 10h12M4 15h7",
  triggers: "M11 2 4 11h5l-1 7 7-9h-5z",
  connections: "M7 3v4m6-4v4M5 7h10v3a5 5 0 0 1-10 0zM10 15v3",
  loops: "M4 9a6 6 0 0 1 10.5-3.5L17 8m0-4v4h-4M16 11a6 6 0 0 1-10.5 3.5L3 12m0 4v-4h4",
  settings: "M4 6h7m4 0h1M4 14h1m4 0h7M13 4v4M7 12v4",
  menu: "M3 6h14M3 10h14M3 14h14",
  close: "m5 5 10 10M15 5 5 15",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "m4 10.5 4 4 8-9",
  plus: "M10 4v12M4 10h12",
  replay: "M4 4v4h4M4.5 8A6.5 6.5 0 1 1 4 12",
  pause: "M7 4v12M13 4v12",
  play: "m6 4 10 6-10 6z",
  key: "M12.5 11.5a4 4 0 1 0-4-4c0 .6.1 1.2.4 1.7L3 15v2h3v-2h2v-2l1.8-1.8c.5.2 1.1.3 1.7.3z",
  trash: "M4 6h12M8 6V4h4v2m-6 0 1 10h6l1-10",
  send: "m3 10 14-6-5 13-3-5z",
  back: "m12 4-6 6 6 6",
  next: "m8 4 6 6-6 6",
  down: "m5 8 5 5 5-5",
  inbox: "M3 11l2-7h10l2 7v5H3zm0 0h4l1 2h4l1-2h4",
  shield: "M10 2.5 16 5v4.5c0 4-2.5 6.5-6 8-3.5-1.5-6-4-6-8V5zm-2.5 7.5 2 2 3.5-4",
  layers: "m10 3 7 4-7 4-7-4zm-7 7 7 4 7-4",
  warning: "M10 3 2.5 16.5h15zM10 8v4m0 2.3v.2",
  download: "M10 3v9m-4-4 4 4 4-4M4 16h12",
  out: "M8 4H4v12h4m4-3 3-3-3-3m3 3H8",
  search: "M9 14A5 5 0 1 0 9 4a5 5 0 0 0 0 10zm4-1 4 4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true"
      focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark: a closed pouch. */
export function Mark() {
  return (
    <svg class="mark" width="28" height="28" viewBox="0 0 32 32" aria-hidden="true"
      focusable="false">
      <rect width="32" height="32" rx="8" />
      <path d="M7 12.5 16 19l9-6.5M9.5 9h13A2.5 2.5 0 0 1 25 11.5v9a2.5 2.5 0 0 1-2.5
        2.5h-13A2.5 2.5 0 0 1 7 20.5v-9A2.5 2.5 0 0 1 9.5 9z" />
    </svg>
  );
}
