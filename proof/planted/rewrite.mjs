// Rewrites one file of the sources in memory while it is loaded: the working tree is never touched.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The plant of this process, as the runner gave it: null when nothing is planted. */
export function givenPlant() {
  const text = process.env.FAIRMINUTE_PLANT;
  return text === undefined || text === "" ? null : JSON.parse(text);
}

/** How often a text stands in another one. */
export function countOf(text, wanted) {
  return text.split(wanted).length - 1;
}

/**
 * The text of the plant's file with the plant in it.
 * @throws Error when it does not stand there exactly once: the sources have moved on, and the plant must follow
 */
export function plantIn(text, { name, file, find, replace }) {
  const count = countOf(text, find);
  if (count !== 1) throw new Error(`the plant "${name}" fits ${count} times into ${file}, not once`);
  return text.replace(find, () => replace);
}

/** The file of a plant as loaders name it, and its text with the plant. */
export function planted(plant) {
  const path = join(root, plant.file);
  return { path, url: pathToFileURL(path).href, text: plantIn(readFileSync(path, "utf8"), plant) };
}
