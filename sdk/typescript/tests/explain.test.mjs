import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { explain, sign } from "@malote/receiver";
import { clock, NOW, SECRET, signed, TEXT_SECRET } from "./harness.mjs";

const BODY = '{"type":"a"}';

async function say(headers, body, options) {
  const text = await explain(headers, body, { secret: TEXT_SECRET, clock, ...options });
  for (const secret of [SECRET, TEXT_SECRET]) assert.ok(!text.includes(secret));
  return text;
}

function codespar(text, key = TEXT_SECRET, encoding = "hex") {
  const value = createHmac("sha256", key).update(text).digest(encoding);
  return [["X-CodeSpar-Signature", value]];
}

test("what is right is called so, with the clocks' difference", async () => {
  const headers = await signed(BODY, { time: NOW - 7 });
  assert.match(await say(headers, BODY, { secret: SECRET }), /genuine; its time is 7 s behind/);
});

test("a wrong clock is told from a wrong secret", async () => {
  const early = await signed(BODY, { time: NOW + 4000 });
  assert.match(await say(early, BODY, { secret: SECRET }), /signature is right.* 4000 s ahead/);
  const other = await sign("m", NOW, BODY, { scheme: "codespar", secret: "another" });
  assert.match(await say(other, BODY, { scheme: "codespar" }), /No near miss fits/);
});

test("near misses are named", async () => {
  const cases = [
    [codespar(BODY, TEXT_SECRET, "base64"), BODY, {}, /as base64/],
    [codespar(BODY), `${BODY}\n`, {}, /without the body's last line end/],
    [codespar(`${BODY}\n`), BODY, {}, /with a line end after the body/],
    [codespar(BODY), '{ "type": "a" }', {}, /written again as compact JSON/],
    [codespar(BODY), BODY, { secret: `${TEXT_SECRET}\n` }, /trimmed of white space/],
    [codespar(BODY, Buffer.from(SECRET.slice(6), "base64")), BODY, { secret: SECRET },
      /read as whsec-base64/],
    [codespar(BODY, SECRET.slice(6)), BODY, { secret: SECRET }, /"whsec_" dropped/],
    [[["X-CodeSpar-Signature", `v0=${codespar(BODY)[0][1]}`]], BODY, {}, /itself is right/],
  ];
  for (const [headers, body, options, expected] of cases) {
    assert.match(await say(headers, body, { scheme: "codespar", ...options }), expected);
  }
});

test("another scheme that fits is named", async () => {
  const options = { scheme: "codespar-t", secret: TEXT_SECRET };
  const headers = await sign("m", NOW, BODY, options);
  assert.match(await say(headers, BODY, { scheme: "codespar" }), /under the scheme "codespar-t"/);
});

test("a look-up's secrets are tried as well", async () => {
  const lookup = { secret: undefined, secretLookup: () => [`${TEXT_SECRET} `], scheme: "codespar" };
  assert.match(await say(codespar(BODY), BODY, lookup), /trimmed of white space/);
});

test("hostile requests are explained as well", async () => {
  for (const value of ["", "é", "v1,".repeat(9999), "=".repeat(9999), "t=1 v1=2"]) {
    const headers = [["X-CodeSpar-Signature", value]];
    assert.match(await say(headers, Buffer.from([255]), { scheme: "codespar" }), /^Refused/);
  }
});
