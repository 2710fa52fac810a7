// Unit, story, property and API tests of every package, run from the TypeScript sources.
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["development"] },
  ssr: { resolve: { conditions: ["development"] } },
  test: {
    include: ["{core,server,react,contracts}/**/*.test.{ts,tsx}", "{scripts,bench,proof}/**/*.test.mjs"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    globalSetup: ["scripts/vitest-setup.mjs"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
