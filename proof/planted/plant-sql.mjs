// Imported before everything else by a worker of the tests or a detecting process: who reads the plant's SQL file reads the planted one.
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import { givenPlant, planted } from "./rewrite.mjs";

const plant = givenPlant();
if (plant?.file.endsWith(".sql")) {
  const { path, text } = planted(plant);
  const { readFile } = promises;
  promises.readFile = async (file, ...rest) => {
    const name = file instanceof URL ? fileURLToPath(file) : file;
    return name === path ? text : readFile(file, ...rest);
  };
  syncBuiltinESMExports();
}
