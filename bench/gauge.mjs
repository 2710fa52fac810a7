// How quiet the machine is: a fixed piece of arithmetic and small flushed writes, timed before each round.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentile } from "./closed-loop.mjs";

const flushes = 60;

function timeArithmetic() {
  const from = performance.now();
  let value = 1;
  for (let i = 0; i < 6_000_000; i += 1) value = (value * 48_271) % 2_147_483_647;
  // The value is looked at, so that the loop cannot be left out.
  return value > 0 ? performance.now() - from : 0;
}

function timeFlush() {
  const path = join(tmpdir(), `fairminute-bench-${process.pid}`);
  const file = openSync(path, "w");
  const page = Buffer.alloc(8192, 1);
  const durations = [];
  for (let i = 0; i < flushes; i += 1) {
    const from = performance.now();
    writeSync(file, page, 0, page.length, 0);
    fdatasyncSync(file);
    durations.push(performance.now() - from);
  }
  closeSync(file);
  rmSync(path, { force: true });
  return percentile(
    durations.sort((a, b) => a - b),
    0.5,
  );
}

/** @returns ms for the arithmetic and µs for the median flush: compare them between rounds, not with another machine's */
export function gaugeMachine() {
  return { arithmeticMs: Math.round(timeArithmetic()), flushMicroseconds: Math.round(timeFlush() * 1000) };
}
