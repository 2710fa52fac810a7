// What was installed and built here last, so that nothing is done twice and nothing old is taken for new.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hashSources } from "./fingerprint.mjs";

const outputs = ["core/dist/index.js", "server/dist/cli.js", "react/dist/index.js", "web/dist/index.html"];
const pathIn = (root) => join(root, "node_modules", ".bootstrap-stamp.json");

/** @returns {{ dependencies?: string, sources?: string }} the hashes of what is there; none where nothing is known */
export function readStamp(root) {
  try {
    return JSON.parse(readFileSync(pathIn(root), "utf8"));
  } catch {
    return {};
  }
}

export function writeStamp(root, stamp) {
  const path = pathIn(root);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(stamp, null, 2)}\n`);
}

/** Whether what was built is there and is of these sources. */
export function isBuilt(root, sources = hashSources(root)) {
  return readStamp(root).sources === sources && outputs.every((name) => existsSync(join(root, name)));
}
