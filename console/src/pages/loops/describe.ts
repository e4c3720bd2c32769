// A loop's conditions and references in words. Pure.
import { t } from "../../base/i18n";

const OPERATORS: Record<string, string> = {
  eq: "=", ne: "≠", gt: ">", gte: "≥", lt: "<", lte: "≤", in: "∈", starts_with: "^=",
};

/** `event.data.amount ≥ 10`; nested conditions in brackets; what is not known, as JSON. */
export function describe_condition(condition: unknown): string {
  if (condition === undefined) return "";
  if (typeof condition !== "object" || condition === null) return String(condition);
  const given = condition as Record<string, unknown>;
  for (const [name, joint] of [["all", t("loop.and")], ["any", t("loop.or")]] as const) {
    const parts = given[name];
    if (Array.isArray(parts)) {
      return parts.map((part) => {
        const text = describe_condition(part);
        return parts.length > 1 && text.includes(" ") && is_nested(part) ? `(${text})` : text;
      }).join(` ${joint} `);
    }
  }
  if ("not" in given) return `${t("loop.not")} (${describe_condition(given.not)})`;
  if (typeof given.path !== "string") return JSON.stringify(condition);
  if (given.exists === false) return t("loop.is_absent", { path: given.path });
  for (const [name, sign] of Object.entries(OPERATORS)) {
    if (name in given) return `${given.path} ${sign} ${JSON.stringify(given[name])}`;
  }
  return t("loop.is_there", { path: given.path });
}

const is_nested = (part: unknown): boolean =>
  typeof part === "object" && part !== null && ("all" in part || "any" in part);

/** The steps whose results `value`, a step's params or condition, refers to. */
export function steps_used(...values: unknown[]): string[] {
  const text = JSON.stringify(values);
  return [...new Set([...text.matchAll(/steps\.([a-z0-9_-]+)/g)].map((found) => found[1]!))];
}
