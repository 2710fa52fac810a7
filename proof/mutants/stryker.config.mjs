// `npm run mutants`: every small change that a machine can think of in the core, held against the core's own stories.

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  testRunner: "vitest",
  vitest: { configFile: "./proof/mutants/vitest.config.mjs", related: false },
  plugins: ["@stryker-mutator/vitest-runner", "./proof/mutants/assertions.mjs"],
  ignorers: ["assertions"],
  coverageAnalysis: "perTest",
  concurrency: 2,
  incremental: false,
  // What runs while a module is loaded is seen by every test: a mutant there takes a minute, and breaks all of them or none.
  ignoreStatic: true,
  mutate: ["core/src/**/*.ts", "!core/src/**/*.test.ts", "!core/src/index.ts"],
  // The copy in which the mutants live needs the core and these files, and nothing else of the repository.
  ignorePatterns: ["**", "!core/**", "!proof/mutants/**", "!package.json", "!tsconfig.base.json"],
  tempDirName: "node_modules/.cache/fairminute-mutants/sandbox",
  reporters: ["clear-text", "json", "progress-append-only"],
  jsonReporter: { fileName: "node_modules/.cache/fairminute-mutants/report.json" },
  clearTextReporter: {
    allowColor: false,
    logTests: false,
    reportTests: false,
    reportMutants: true,
    reportScoreTable: true,
  },
  timeoutMS: 10_000,
  allowConsoleColors: false,
};
