// The results as tables: rates beside TPC-B of the same round, medians over the rounds.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rate = (value) => (value === null ? "" : value >= 100 ? value.toFixed(0) : value.toFixed(1));
const ratio = (value) => (value === null ? "" : value.toFixed(value < 0.1 ? 3 : 2));
const ms = (value) => (value === null ? "" : value.toFixed(value < 10 ? 2 : 1));

/** One number over the rounds, with its lowest and highest. */
function spread(values) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return { median: null, low: null, high: null };
  return { median: median(known), low: Math.min(...known), high: Math.max(...known) };
}

/**
 * @param rounds each `{ tpcb: [{ perSecond }], measurements: [{ name, inFlight, perSecond, latency, … }] }`
 * @returns one entry per candidate and number in flight, and the reference
 */
export function summarise(rounds) {
  const reference = rounds.map(({ tpcb }) => (tpcb.length === 0 ? null : mean(tpcb.map(({ perSecond }) => perSecond))));
  const entries = rounds[0].measurements.map(({ name, inFlight }) => {
    const own = rounds.map(({ measurements }) =>
      measurements.find((one) => one.name === name && one.inFlight === inFlight),
    );
    const naive = rounds.map(({ measurements }) => measurements.find((one) => one.name === "naive"));
    return {
      name,
      inFlight,
      perSecond: spread(own.map((one) => one.perSecond)),
      toTpcb: spread(own.map((one, i) => (reference[i] === null ? null : one.perSecond / reference[i]))),
      toNaive: spread(own.map((one, i) => (naive[i] === undefined ? null : one.perSecond / naive[i].perSecond))),
      p50: median(own.map((one) => one.latency.p50 ?? 0)),
      p99: median(own.map((one) => one.latency.p99 ?? 0)),
      commands: Object.fromEntries(
        Object.keys(own[0].commands).map((command) => [
          command,
          {
            p50: median(own.map((one) => one.commands[command]?.p50 ?? 0)),
            p99: median(own.map((one) => one.commands[command]?.p99 ?? 0)),
          },
        ]),
      ),
      cores: median(own.map((one) => one.serverCores ?? one.cores ?? 0)),
    };
  });
  return { tpcb: spread(reference), entries };
}

function table(head, rows) {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? `${"-".repeat(width + 2)}` : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function rateRow({ name, inFlight, perSecond, toTpcb, toNaive, p50, p99, cores }) {
  const range = toTpcb.median === null ? "" : ` (${ratio(toTpcb.low)}-${ratio(toTpcb.high)})`;
  const times = toNaive.median === null ? "" : toNaive.median.toFixed(1);
  return [
    name,
    String(inFlight),
    rate(perSecond.median),
    `${ratio(toTpcb.median)}${range}`,
    times,
    ms(p50),
    ms(p99),
    cores.toFixed(2),
  ];
}

/** The report as text (Markdown tables): rates and ratios, then each command. */
export function writeReport(summary, rounds) {
  const { tpcb, entries } = summary;
  const reference = { name: "pgbench TPC-B, 16 clients", inFlight: 16, perSecond: tpcb };
  const first = tpcb.median === null ? [] : [[reference.name, "16", rate(tpcb.median), "1", "", "", "", ""]];
  const head = ["per second", "in flight", "lifecycles", "to TPC-B", "to naive", "p50 ms", "p99 ms", "node cores"];
  const commands = entries.flatMap(({ name, inFlight, commands: each }) => {
    const cells = ["open", "accept", "join", "end"].map((command) =>
      each[command] ? `${ms(each[command].p50)} / ${ms(each[command].p99)}` : "",
    );
    return [[name, String(inFlight), ...cells]];
  });
  const gauges = rounds.map(({ gauge }) => `${gauge.arithmeticMs} ms, ${gauge.flushMicroseconds} µs`).join("; ");
  return [
    table(head, [...first, ...entries.map(rateRow)]),
    "",
    table(["p50 / p99 ms", "in flight", "open", "accept", "join", "end"], commands),
    "",
    `Machine before each round (fixed arithmetic, one flushed write): ${gauges}`,
  ].join("\n");
}
