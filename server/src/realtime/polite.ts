// Who gives way when two browsers make an offer at the same moment (perfect negotiation).

/**
 * Whether the person `own` gives way to the person `peer`. Exactly one of two different people does.
 *
 * Decided by the people and not by their connections, so that the answer is known before the other one has joined and
 * stays the same when either of them reloads: were it decided by who came first, both sides could end up polite after
 * a reload. Two tabs of one person are never linked with each other, so they need no answer.
 */
export function isPolite(ownUserId: string, peerUserId: string): boolean {
  return ownUserId > peerUserId;
}
