// The score of a run: found of planted, after how many histories, and what was missed.

export function scoreOf(results) {
  const found = results.filter((result) => result.found !== null);
  const after = found.filter(({ found: { by } }) => by !== "stories").map((result) => result.found.after);
  after.sort((a, b) => a - b);
  const at = (share) => after[Math.min(after.length - 1, Math.floor(after.length * share))] ?? null;
  return {
    planted: results.length,
    found: found.length,
    byHistories: after.length,
    byTests: found.length - after.length,
    median: at(0.5),
    ninety: at(0.9),
    most: after.at(-1) ?? null,
    missed: results.filter((result) => result.found === null),
  };
}

export function showScore({ planted, found, byHistories, byTests, median, ninety, most, missed }) {
  const share = planted === 0 ? 0 : (found * 100) / planted;
  const lines = [
    `${found} of ${planted} planted bugs found (${share.toFixed(1)} %): ${byHistories} by histories in memory, ${byTests} by the tests that own the matter`,
    `histories needed: half of them within ${median}, nine of ten within ${ninety}, the last one after ${most}`,
    ...missed.map(({ name, missed: why }) => `missed: ${name}${why === undefined ? "" : ` (${why})`}`),
  ];
  return lines.join("\n");
}
