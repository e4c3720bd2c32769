// Light, dark, or as the system says. Colours live in style/base.css; charts ask for them here.
import { make_store } from "./store";

export type Theme = "system" | "light" | "dark";

const kept = localStorage.getItem("malote.theme");
export const theme = make_store<Theme>(kept === "light" || kept === "dark" ? kept : "system");

export function use_theme(chosen: Theme): void {
  if (chosen === "system") {
    localStorage.removeItem("malote.theme");
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem("malote.theme", chosen);
    document.documentElement.dataset.theme = chosen;
  }
  theme.set(chosen);
}

/** The value of a colour, such as `--good`, in the theme that is shown. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Calls `changed` when the system turns from light to dark or back; returns how to stop that. */
export function watch_system_theme(changed: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", changed);
  return () => media.removeEventListener("change", changed);
}
