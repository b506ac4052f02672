// Writes down what a screen reader says from the first word of each page's main part to the last.
// node speak.mjs NODE_MODULES < {"name": "<!doctype html>…"}  ->  {"name": ["main", "heading, …", …]}
import {createRequire} from "node:module";
import {readFileSync} from "node:fs";
import {join} from "node:path";
import {pathToFileURL} from "node:url";

const from = createRequire(pathToFileURL(join(process.argv[2], "x.js")));
const {JSDOM} = from("jsdom");
const pages = JSON.parse(readFileSync(0, "utf8"));

// The reader is made for a browser: what it looks for there is lent to it. Pages follow one another in the one window.
const {window} = new JSDOM("<!doctype html><html lang=en-GB><body></body></html>", {pretendToBeVisual: true});
globalThis.window = window;
for (const name of Object.getOwnPropertyNames(window)) {
  if (!(name in globalThis)) try { globalThis[name] = window[name]; } catch {}
}
for (const name of ["Event", "CustomEvent", "MutationObserver", "getComputedStyle", "document"]) globalThis[name] = window[name];
const {virtual} = await import(pathToFileURL(from.resolve("@guidepup/virtual-screen-reader")));

const MOST = 1000;
const said = {};
for (const [name, source] of Object.entries(pages)) {
  const page = new JSDOM(source).window.document;
  window.document.body.innerHTML = page.body.innerHTML;
  const main = window.document.querySelector("main");
  await virtual.start({container: main});
  for (let n = 0; n < MOST && !(await virtual.lastSpokenPhrase()).startsWith("end of main"); n++) await virtual.next();
  said[name] = await virtual.spokenPhraseLog();
  await virtual.stop();
}
process.stdout.write(JSON.stringify(said));
process.exit(0);
