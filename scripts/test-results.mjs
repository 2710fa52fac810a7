// Reads vitest's JSON report into the three numbers that the closing line of `npm test` sums.
import { existsSync, readFileSync } from "node:fs";

/**
 * Numbers of one vitest run. A file that could not even be loaded counts as one failure, and so does a run that
 * ended badly while no test failed (an unhandled rejection), wrote no report, or found no test: silence is no success.
 * @param {string} reportPath
 * @param {string} end exit code or signal name of vitest
 */
export function readResults(reportPath, end) {
  const broken = { passed: 0, failed: 1, skipped: 0 };
  if (!existsSync(reportPath)) return broken;
  const report = JSON.parse(readFileSync(reportPath, "utf8"));
  const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const failed = report.numFailedTests + unloaded.length;
  const results = { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests };
  const silent = results.passed + results.failed === 0;
  return failed === 0 && (end !== "0" || silent) ? { ...results, failed: 1 } : results;
}

/** Sum of several results. */
export function addResults(all) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const result of all) {
    for (const name of Object.keys(sum)) sum[name] += result[name];
  }
  return sum;
}

/** The closing line; other programs read it, so it stands alone and has no colours. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
