// The results as a table, and every finding in words.

function quantile(values, share) {
  if (values.length === 0) return "";
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`;
}

/** What a restarted server is asked for: ready within three seconds. Measured; a busy machine may miss it. */
const readyGoalMs = 3000;

function row({ title, wanted, done, impossible, seconds, calls, answers, unavailable, lost, ready, accusations }) {
  const late = ready.filter((ms) => ms > readyGoalMs).length;
  const findings = accusations.reduce((sum, { times }) => sum + times, 0);
  return [
    title,
    impossible === undefined ? `${done} of ${wanted}` : "not here",
    `${calls ?? ""}`,
    `${answers ?? ""}`,
    `${unavailable ?? ""}`,
    `${lost ?? ""}`,
    quantile(ready, 0.5),
    quantile(ready, 0.99),
    ready.length === 0 ? "" : `${ready.length - late} of ${ready.length}`,
    `${seconds.toFixed(0)} s`,
    `${findings}`,
  ];
}

const head = ["", "done", "calls", "answers", "503", "no answer", "ready p50", "p99", "within 3 s", "took", "wrong"];

function table(rows) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => cells[column].length)));
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function say({ title, accusations, impossible, outcomes, byKind, requestsLost, databaseEnded }) {
  const more = { outcomes, byKind, requestsLost, databaseEnded };
  const lines = Object.entries(more).filter(([, value]) => value !== undefined);
  const said = lines.map(([name, value]) => `${title}, ${name}: ${JSON.stringify(value)}`);
  if (impossible !== undefined) said.push(`${title}: ${impossible}`);
  for (const { what, times, examples } of accusations)
    said.push(`WRONG in ${title}: ${what}, ${times} times`, ...examples.map((example) => `    ${example}`));
  return said;
}

/** Everything that was found wrong, over all scenarios. */
export function countFindings(results) {
  return results.flatMap(({ accusations }) => accusations).reduce((sum, { times }) => sum + times, 0);
}

/** The scenarios that were not carried out as often as was wanted, though this machine could: an attack that did not take place shows nothing. */
export function unfinishedOf(results) {
  return results.filter(({ done, wanted, impossible }) => impossible === undefined && done < wanted);
}

/** The report as text: a table (Markdown), then the words. */
export function writeReport(results) {
  const findings = countFindings(results);
  const sum = findings === 0 ? "Nothing was lost, doubled or below zero." : `${findings} findings.`;
  const unfinished = unfinishedOf(results).map(
    ({ title, done, wanted }) => `NOT DONE: ${title}, ${done} of ${wanted}; --minutes gives it more time`,
  );
  return `${table(results.map(row))}\n\n${[...results.flatMap(say), ...unfinished, sum].join("\n")}`;
}
