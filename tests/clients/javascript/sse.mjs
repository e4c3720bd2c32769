// Server-sent events as the gateway's clients read them: frames end in a blank line ("\n\n", never
// "\r\n\r\n"), comments start with ":", the JSON stands in the data lines.

/** @typedef {{event: string, data: any, comment: boolean}} Frame */

/** Takes text in pieces of any size, gives whole frames. */
export class FrameReader {
  #rest = "";

  /** @param {string} text @returns {Frame[]} */
  push(text) {
    this.#rest += text;
    const parts = this.#rest.split("\n\n");
    this.#rest = parts.pop();
    return parts.map(parseFrame);
  }

  /** What came after the last whole frame. */
  get rest() {
    return this.#rest;
  }
}

/** A frame without data, or with data that is no JSON, has `data` undefined. @returns {Frame} */
export function parseFrame(text) {
  let event = "message";
  let payload = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    if (line.startsWith("data:")) payload += line.slice(5).trim();
  }
  const frame = { event, data: undefined, comment: text.startsWith(":") };
  if (payload === "") return frame;
  try {
    frame.data = JSON.parse(payload);
  } catch {
    // Skipped by the reader, like a frame without data.
  }
  return frame;
}
