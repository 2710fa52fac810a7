// The time inside the measured calls: it moves with the commands, so that every call lasts some seconds and costs coins.

/**
 * A lifecycle takes milliseconds, and a call of no second costs nothing: its settlement would be cheaper than a real one. So
 * the clock moves on by a few seconds each time when, on average, every client has finished one command. A call is then
 * talked in for about as long on a fast machine as on a slow one, and ends before its heartbeats run out.
 */
const secondsPerCommand = 4;

export function createStoryClock(startAt = Date.now()) {
  let now = startAt;
  let step = secondsPerCommand * 1000;
  return {
    now: () => Math.floor(now),
    /** @param {number} inFlight how many clients take part from now on */
    share(inFlight) {
      step = (secondsPerCommand * 1000) / inFlight;
    },
    /** One command has finished. */
    tick() {
      now += step;
    },
  };
}
