// A bank puts this file on every page of its site: more than 25 kB on the wire is a broken build.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 25_000;
const file = new URL("../dist/widget.js", import.meta.url);
const raw = readFileSync(file);
const size = gzipSync(raw, { level: 9 }).length;
console.log(`widget.js: ${raw.length} bytes, ${size} bytes with gzip (limit ${LIMIT})`);
if (size > LIMIT) {
  console.error("widget.js is over its size limit");
  process.exit(1);
}
