// How every page looks: accessible in both themes, no page wider than its window, in each language.
// With SHOTS=folder the pages' pictures are written there.
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { check, equal } from "./harness.mjs";

const axe_source = createRequire(import.meta.url)("axe-core").source;

const pages_of = (ids) => ({
  "overview": "/?span=1h",
  "events": "/events?live=off",
  "event": `/events/${ids.event}`,
  "provider_event": `/events/${ids.provider_event}`,
  "triggers": "/triggers",
  "new_trigger": "/triggers/new",
  "trigger": `/triggers/${ids.trigger}`,
  "trigger_deliveries": `/triggers/${ids.trigger}?view=deliveries`,
  "dead_letters": `/triggers/${ids.trigger}?view=dead`,
  "receiver": `/triggers/${ids.trigger}?view=receiver`,
  "trigger_settings": `/triggers/${ids.trigger}?view=settings`,
  "connections": "/connections",
  "new_connection": "/connections/new",
  "new_stripe": "/connections/new?provider=stripe",
  "connection": `/connections/${ids.connection}`,
  "loops": "/loops",
  "runs": "/loops?view=runs",
  "loop": `/loops/${ids.loop}`,
  "run": `/runs/${ids.run}`,
  "settings": "/settings",
  "keys": "/settings?view=keys",
  "projects": "/settings?view=projects",
  "gateway": "/settings?view=gateway",
  "not_found": "/nowhere",
});

async function settle(page, to) {
  await page.goto(to);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector(".skeleton"));
}

async function picture(page, name) {
  if (!process.env.SHOTS) return;
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 60 });
  await mkdir(process.env.SHOTS, { recursive: true });
  await writeFile(path.join(process.env.SHOTS, `${name}.webp`), Buffer.from(data, "base64"));
}

async function axe_faults(page) {
  await page.evaluate(axe_source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  return violations.map((one) =>
    `${one.impact} ${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
}

async function accessible({ browser, ids }, colorScheme) {
  const page = await browser.signed_in({ colorScheme, reducedMotion: "reduce" });
  const faults = [];
  for (const [name, to] of Object.entries(pages_of(ids))) {
    await settle(page, to);
    for (const one of await axe_faults(page)) faults.push(`${name}: ${one}`);
    await picture(page, `${name}-${colorScheme}`);
  }
  for (const [to, open] of [[`/triggers/${ids.trigger}`, "New secret"],
    [`/triggers/${ids.trigger}`, "Test-fire"], [`/events/${ids.event}`, "Replay"],
    ["/settings?view=keys", "New key"], [`/loops/${ids.loop}`, "Run by hand"]]) {
    await settle(page, to);
    await page.getByRole("button", { name: open, exact: true }).click();
    await page.getByRole("dialog").waitFor();
    for (const one of await axe_faults(page)) faults.push(`${open}: ${one}`);
  }
  const out = await browser.open({ colorScheme });
  await settle(out, "/sign-in");
  for (const one of await axe_faults(out)) faults.push(`sign-in: ${one}`);
  await picture(out, `sign_in-${colorScheme}`);
  equal(faults, [], "what axe found");
  equal(page.faults, [], "faults");
  await out.context().close();
  await page.context().close();
}

async function fits({ browser, ids }, width, locale) {
  const page = await browser.signed_in({ viewport: { width, height: 800 }, locale });
  const wide = [];
  for (const [name, to] of Object.entries(pages_of(ids))) {
    await settle(page, to);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) wide.push(`${name} by ${over}`);
    if (width === 360 && locale === "pt-BR") await picture(page, `${name}-narrow`);
  }
  equal(wide, [], `pages wider than ${width} pixels in ${locale}`);
  await page.context().close();
}

async function translated({ browser, ids }, locale, words) {
  const page = await browser.signed_in({ locale });
  await settle(page, "/");
  const language = await page.evaluate(() => document.documentElement.lang);
  equal(language, locale, "the document's language");
  for (const word of words) await page.getByRole("link", { name: word, exact: true }).waitFor();
  for (const [name, to] of Object.entries(pages_of(ids))) {
    await settle(page, to);
    const text = await page.locator("body").innerText();
    const unfilled = text.match(/\{(count|name|when|step|what|type|number)\}/g) ?? [];
    equal(unfilled, [], `places that were not filled in on ${name}`);
  }
  await page.goto("/settings");
  await page.locator("main select").first().selectOption("en");
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  equal(page.faults, [], "faults");
  await page.context().close();
}

async function themes({ browser }) {
  const page = await browser.signed_in({ colorScheme: "light" });
  await settle(page, "/settings");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByLabel("Theme").selectOption("dark");
  const dark = await ground();
  check(light !== dark, "dark looks like light");
  await page.reload();
  await page.getByLabel("Theme").waitFor();
  equal(await ground(), dark, "the theme after a reload");
  await page.getByLabel("Theme").selectOption("system");
  equal(await ground(), light, "the system's theme");
  await page.context().close();
}

async function times({ browser }) {
  const page = await browser.signed_in({ timezoneId: "Asia/Kathmandu" });
  await settle(page, "/events?live=off");
  const time = page.locator("time").first();
  const [iso, title, shown] = await Promise.all(
    [time.getAttribute("datetime"), time.getAttribute("title"), time.textContent()]);
  equal(title, `${new Date(iso).toISOString().slice(0, 23).replace("T", " ")} UTC`, "UTC on hover");
  const local = new Date(iso).toLocaleTimeString("en", { timeZone: "Asia/Kathmandu",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  check(shown.includes(local), `${shown} is not ${local} in the viewer's zone`);
  await page.context().close();
}

export const look_tests = {
  "axe finds nothing on any page in the light theme": (world) => accessible(world, "light"),
  "axe finds nothing on any page in the dark theme": (world) => accessible(world, "dark"),
  "no page is wider than 360 pixels, in Portuguese": (world) => fits(world, 360, "pt-BR"),
  "no page is wider than 768 pixels, in Spanish": (world) => fits(world, 768, "es"),
  "no page is wider than 1920 pixels": (world) => fits(world, 1920, "en"),
  "Portuguese is whole, and another language is kept": (world) => translated(world, "pt-BR",
    ["Visão geral", "Eventos", "Conexões"]),
  "Spanish is whole": (world) => translated(world, "es", ["Resumen", "Eventos", "Conexiones"]),
  "the theme is chosen and kept": themes,
  "times are in the viewer's zone, with UTC on hover": times,
};
