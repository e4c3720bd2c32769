// The pure parts, without a browser.
import { build } from "esbuild";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { check, equal } from "./harness.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

async function load(file) {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, "src", file)], bundle: true, write: false, format: "esm",
    jsx: "automatic", jsxImportSource: "preact",
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

/** What router.tsx asks of a browser when it is loaded. */
function stand_in_for_browser() {
  globalThis.location = { pathname: "/", search: "", origin: "http://127.0.0.1:1" };
  globalThis.addEventListener ??= () => undefined;
}

export const unit_tests = {
  "JSON is laid out with every digit as it came": async () => {
    const { lay_out } = await load("base/json_text.ts");
    const text = '{"a":150.10,"big":12345678901234567890.01,"e":1E400,"l":[1,{}, [] ],"s":"\\"}{"}';
    equal(lay_out(text), '{\n  "a": 150.10,\n  "big": 12345678901234567890.01,\n  "e": 1E400,\n' +
      '  "l": [\n    1,\n    {},\n    []\n  ],\n  "s": "\\"}{"\n}', "laid out");
  },
  "text that is cut off, odd or empty is laid out without end": async () => {
    const { is_json, lay_out } = await load("base/json_text.ts");
    const odd = ["", "{", "[[[[", '{"a":"unclosed', "]]}", '"\\\\"', "{\u0000}", "nul", "[,]"];
    for (const text of odd) {
      check(typeof lay_out(text) === "string", `nothing for ${text}`);
    }
    equal(is_json("[1, 2"), false, "a text that is no JSON");
    equal(is_json(" {\"a\":1}"), true, "a text that is JSON");
  },
  "a member's text is found, not one of the same name inside another": async () => {
    const { entry_texts, member_text } = await load("base/json_text.ts");
    const text = '{"x":{"data":1},"s":"\\"data\\":2","data" : [1.0, "]"] ,"z":1}';
    equal(member_text(text, "data"), '[1.0, "]"]', "data");
    equal(member_text(text, "none"), null, "a member that is not there");
    equal(entry_texts('[ {"a":1.10}, [2], "x,y" ]'), ['{"a":1.10}', "[2]", '"x,y"'], "entries");
  },
  "a string of megabytes does not exhaust the reader": async () => {
    const { lay_out, member_text } = await load("base/json_text.ts");
    const long = "x".repeat(12_000_000);
    equal(member_text(`{"a":"${long}","b":1.50}`, "b"), "1.50", "what stands behind it");
    check(lay_out(`["${long}"]`).length > long.length, "nothing is lost");
  },
  "after sign-in only paths of this site are gone to": async () => {
    stand_in_for_browser();
    const { safe_path } = await load("base/router.tsx");
    const bad = ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
      "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "", null, "evil", " /x",
      "/.//evil.example", "data:text/html,x"];
    for (const next of bad) {
      const path_to = safe_path(next);
      check(new URL(path_to, "http://127.0.0.1:1").origin === "http://127.0.0.1:1" &&
        !/^\/[/\\]/.test(path_to), `${JSON.stringify(next)} leads to ${path_to}`);
    }
    equal(safe_path("/events?type=a%20b"), "/events?type=a%20b", "a path with a query");
  },
  "percentiles and buckets are exact": async () => {
    const { bucket_of, histogram_percentile, make_buckets, parse_metrics,
      percentile } = await load("base/stats.ts");
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    equal([0.5, 0.95, 0.99, 1].map((share) => percentile(values, share)), [50, 95, 99, 100],
      "percentiles of 1 to 100");
    equal(percentile([], 0.5), null, "of nothing");
    const buckets = make_buckets(0, 3_600_000);
    equal(bucket_of(buckets, 0), 0, "the first bucket");
    equal(bucket_of(buckets, -1), -1, "before all");
    const metrics = parse_metrics(
      'm_bucket{le="1"} 50\nm_bucket{le="2"} 100\nm_bucket{le="+Inf"} 100\n# HELP x\n');
    equal(histogram_percentile(metrics, "m", 0.75), 1.5, "within a histogram's bucket");
  },
  "conditions read as sentences": async () => {
    stand_in_for_browser();
    globalThis.localStorage ??= { getItem: () => null };
    const { describe_condition, steps_used } = await load("pages/loops/describe.ts");
    equal(describe_condition({ all: [{ path: "a", gte: 10 }, { any: [{ path: "b" },
      { path: "c", eq: "BR" }] }] }), 'a ≥ 10 and (b is there or c = "BR")', "nested");
    equal(describe_condition({ not: { path: "a", exists: false } }), "not (a is absent)", "not");
    equal(describe_condition({ odd: 1 }), '{"odd":1}', "what is not known");
    equal(steps_used({ x: "${steps.invoice.data.id} ${steps.label.data}" }), ["invoice", "label"],
      "references");
  },
};
