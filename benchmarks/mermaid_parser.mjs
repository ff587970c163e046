// Reads a JSON list of diagrams from standard input; Mermaid's own parser says what it cannot read.
import fs from "node:fs";
import { JSDOM } from "jsdom";

const dom = new JSDOM("<!doctype html><body></body>");
globalThis.window = dom.window;
globalThis.document = dom.window.document;
const mermaid = (await import("mermaid")).default;

let bad = 0;
const texts = JSON.parse(fs.readFileSync(0, "utf8"));
for (const text of texts) {
  try {
    await mermaid.parse(text);
  } catch (error) {
    bad += 1;
    console.log(`${error.message}\nin: ${text.slice(0, 400)}\n`);
  }
}
console.log(`${texts.length - bad} of ${texts.length} diagrams are read by Mermaid's parser`);
process.exit(bad ? 1 : 0);
