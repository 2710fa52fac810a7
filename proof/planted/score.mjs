// The score of a run: found of planted, by what, after how many histories, in which files, and what was missed.

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
const number = (value) => value.toLocaleString("en-US");

/** What found a plant, in words of the page. */
export const lookerOf = ({ by }) => (by === "stories" ? "tests" : by);

/** @param results of plants; `found` is undefined where nobody has looked yet, null where nothing was found */
export function scoreOf(results) {
  const tried = results.filter(({ found }) => found !== undefined);
  const found = tried.filter((result) => result.found !== null);
  const by = new Map();
  for (const result of found) {
    const looker = lookerOf(result.found);
    by.set(looker, [...(by.get(looker) ?? []), result.found.after]);
  }
  for (const list of by.values()) list.sort((a, b) => a - b);
  return {
    planted: results.length,
    tried: tried.length,
    found: found.length,
    by,
    missed: tried.filter((result) => result.found === null),
    untried: results.filter((result) => result.found === undefined),
  };
}

const shareOf = ({ found, tried }) => (tried === 0 ? "-" : `${((found * 100) / tried).toFixed(1)} %`);

/** Groups by the file that is planted into, in the order of the list. */
function byFile(results) {
  const files = new Map();
  for (const result of results) files.set(result.file, [...(files.get(result.file) ?? []), result]);
  return [...files].map(([file, list]) => ({ file, ...scoreOf(list) }));
}

function lookerRows({ by }) {
  return [...by].map(([looker, after]) => {
    const isTests = looker === "tests";
    return [looker, `${after.length}`, isTests ? "" : number(at(after, 0.5)), isTests ? "" : number(after.at(-1))];
  });
}

const fileRows = (results) =>
  byFile(results).map(({ file, planted, found, by }) => [
    file,
    `${planted}`,
    `${found}`,
    [...by].map(([looker, after]) => `${looker} ${after.length}`).join(", "),
  ]);

/** The two tables as Markdown, and the sentence above them. */
export function writeScore(results) {
  const score = scoreOf(results);
  const row = (cells) => `| ${cells.join(" | ")} |`;
  const untried = score.untried.length === 0 ? "" : ` Not looked for yet: ${score.untried.length}.`;
  return [
    `**${score.found} of ${score.tried} found, ${shareOf(score)}.**${untried}`,
    "",
    row(["found by", "plants", "after so many histories: half of them", "the last"]),
    row(["---", "---:", "---:", "---:"]),
    ...lookerRows(score).map(row),
    "",
    row(["planted into", "plants", "found", "by"]),
    row(["---", "---:", "---:", "---"]),
    ...fileRows(results).map(([file, ...rest]) => row([`\`${file}\``, ...rest])),
  ].join("\n");
}

/** The same for a terminal, with what was missed. */
export function showScore(results) {
  const score = scoreOf(results);
  const table = (rows) => {
    const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
    return rows.map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column])).join("  ")}`.trimEnd());
  };
  return [
    ...table([["planted into", "plants", "found", "by"], ...fileRows(results)]),
    "",
    ...table([["found by", "plants", "half within", "the last after"], ...lookerRows(score)]),
    "",
    `${score.found} of ${score.tried} planted bugs found (${shareOf(score)})`,
    ...score.missed.map(({ name, missed: why }) => `missed: ${name}${why === undefined ? "" : ` (${why})`}`),
    ...(score.untried.length === 0 ? [] : [`not looked for yet: ${score.untried.length}`]),
  ].join("\n");
}

const marks = ["<!-- score: npm run planted -- --write -->", "<!-- end of score -->"];

/** The page with its tables replaced. @throws Error when it has no place for them */
export function withScore(page, results) {
  const [from, to] = marks.map((mark) => page.indexOf(mark));
  if (from < 0 || to < from) throw new Error(`the page has no "${marks[0]}" before "${marks[1]}"`);
  return `${page.slice(0, from + marks[0].length)}\n${writeScore(results)}\n${page.slice(to)}`;
}
