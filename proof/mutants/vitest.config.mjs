// The core's stories as the mutants meet them: without properties and oracle, which draw at random and would find some by chance.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["core/src/**/*.test.ts"],
    exclude: [
      "**/node_modules/**",
      "**/dist/**",
      "core/src/*properties.test.ts",
      "core/src/arrival.test.ts",
      "core/src/oracle.test.ts",
    ],
    pool: "threads",
    maxWorkers: 1,
    setupFiles: [fileURLToPath(new URL("./one-seed.mjs", import.meta.url))],
    testTimeout: 60_000,
  },
});
