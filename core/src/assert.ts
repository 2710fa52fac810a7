// An invariant that the code itself checks: broken means a bug, so it throws instead of answering.

/**
 * Throws when an invariant does not hold. `message` begins with the invariant's number, for example
 * "I5: …"; as a function it costs nothing while the invariant holds. A broken invariant is never a refusal: no caller
 * should catch it to go on.
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new Error(typeof message === "string" ? message : message());
}
