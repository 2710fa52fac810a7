// Runs named tests over sources with one plant in them.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { givenPlant, planted, plantIn, root } from "./rewrite.mjs";

const plant = givenPlant();
const target = plant === null ? null : planted(plant);

/** Before any other plugin, so that it meets the text as it stands in the file. */
const planting = {
  name: "planting",
  enforce: "pre",
  transform(code, id) {
    return target !== null && id.split("?")[0] === target.path ? { code: plantIn(code, plant), map: null } : null;
  },
};

export default defineConfig({
  root,
  plugins: [planting],
  resolve: { conditions: ["development"] },
  ssr: { resolve: { conditions: ["development"] } },
  test: {
    include: ["{core,server}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    globalSetup: [fileURLToPath(new URL("../../scripts/vitest-setup.mjs", import.meta.url))],
    setupFiles: [fileURLToPath(new URL("./plant-sql.mjs", import.meta.url))],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
