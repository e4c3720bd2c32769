/** Timestamps as senders write them. */

/** Whole Unix seconds, or undefined if `text` is not exactly what the format says. */
export function readTime(text: string, format: "unix" | "rfc3339"): number | undefined {
  if (format === "unix") return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
  return readRfc3339(text);
}

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/;

function readRfc3339(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as
    [number, number, number, number, number, number];
  const [offsetHour, offsetMinute] = [Number(match[8] ?? 0), Number(match[9] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) {
    return undefined;
  }
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // unlike Date.UTC, this takes years below 100 as such
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const offset = (offsetHour * 60 + offsetMinute) * (match[7] === "-" ? -60 : 60);
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset;
}

/** What `readTime` reads back. */
export function writeTime(seconds: number, format: "unix" | "rfc3339"): string {
  if (format === "unix") return String(seconds);
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
