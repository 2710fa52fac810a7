// Keeps a fixed number of lifecycles in flight for some seconds, and says how many finished and how long each command took.

/** Results settle before they count: plans, caches and compiled code are made in this time. */
const warmUpMs = (seconds) => Math.min(2000, seconds * 250);

/** The value below which `share` of the sorted list lies. */
export function percentile(sorted, share) {
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function summarise(durations) {
  const sorted = Float64Array.from(durations).sort();
  const round = (ms) => (ms === null ? null : Math.round(ms * 100) / 100);
  return { count: sorted.length, p50: round(percentile(sorted, 0.5)), p99: round(percentile(sorted, 0.99)) };
}

/**
 * Runs `inFlight` clients without think time. Each repeats the lifecycle; whatever has begun is brought to its end, so that
 * nothing stays open, but only lifecycles that finish inside the measured window count.
 * @param {object} load
 * @param {number} load.inFlight
 * @param {number} load.seconds
 * @param {(step: (name: string, work: () => Promise<unknown>) => Promise<any>) => Promise<void>} load.lifecycle awaits
 *   every command through `step`, which times it
 * @param {() => void} [load.onCommand] told after every command
 * @returns lifecycles per second in the window, latencies in ms over all commands and for each, CPU cores this process
 *   used, and how many lifecycles were begun (and therefore finished) in all
 */
export async function runClosedLoop({ inFlight, seconds, lifecycle, onCommand = () => {} }) {
  const opensAt = performance.now() + warmUpMs(seconds);
  const closesAt = opensAt + seconds * 1000;
  const latencies = new Map();
  const all = [];
  let begun = 0;
  let finished = 0;
  let cpu = null;

  async function step(name, work) {
    const from = performance.now();
    const answer = await work();
    const now = performance.now();
    if (from >= opensAt && now <= closesAt) {
      const list = latencies.get(name) ?? [];
      if (list.length === 0) latencies.set(name, list);
      list.push(now - from);
      all.push(now - from);
    }
    onCommand();
    return answer;
  }

  async function client() {
    while (performance.now() < closesAt) {
      begun += 1;
      await lifecycle(step);
      const now = performance.now();
      if (now >= opensAt && now <= closesAt) finished += 1;
    }
  }

  const watch = [
    setTimeout(() => {
      cpu = process.cpuUsage();
    }, warmUpMs(seconds)),
    setTimeout(() => {
      cpu = process.cpuUsage(cpu ?? undefined);
    }, closesAt - performance.now()),
  ];
  try {
    await Promise.all(Array.from({ length: inFlight }, client));
  } finally {
    for (const timer of watch) clearTimeout(timer);
  }
  return {
    perSecond: finished / seconds,
    latency: summarise(all),
    commands: Object.fromEntries([...latencies].map(([name, list]) => [name, summarise(list)])),
    cores: cpu === null ? null : Math.round((cpu.user + cpu.system) / (seconds * 10_000)) / 100,
    begun,
  };
}
