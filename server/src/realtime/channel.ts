// One browser's socket: who is behind it, which calls it has joined, when it last proved to be alive.
import { FairminuteError } from "@fairminute/core";
import type { Socket } from "socket.io";
import { type Bucket, createBucket } from "./bucket.ts";
import type { MessageName } from "./messages.ts";

/** One connection of a call: this socket, in that call. A rejoin is a new one. */
export type Member = {
  readonly callId: string;
  readonly connectionId: string;
  readonly channel: Channel;
  readonly joinedAt: number;
  /** The latest proof of life that is in the log, in milliseconds. */
  recordedAt: number;
  /** Connections of this call on other servers, as the evidence last showed them. */
  remotePeers: ReadonlySet<string>;
  /** Signals that arrived before the browser knew its own connection id; null once it does. */
  early: Record<string, unknown>[] | null;
};

export type Channel = {
  readonly socket: Socket;
  readonly userId: string;
  readonly name: string | null;
  /** The only call that this socket may touch (it came with a join token), or null for all calls of its user. */
  readonly onlyCallId: string | null;
  readonly members: Map<string, Member>;
  /** When the last packet of any kind arrived, a pong included. In milliseconds. */
  lastProofAt: number;
  /** Runs one piece of work after all earlier ones of this socket: messages are answered in the order they were sent. */
  inOrder<T>(work: () => Promise<T>): Promise<T>;
  /** Refuses with `rate_limited` when the socket talks too much; cuts it off when it does not stop. */
  spend(name: MessageName): void;
};

/** Ice candidates come in bursts of dozens; everything else is one message now and then. */
const signalLimits = { burst: 240, perSecond: 40 };
const commandLimits = { burst: 20, perSecond: 2 };
/** Work that may wait for a slow database before more of it is refused. */
const waitingMax = 300;
/** A browser that is refused so often in a row is not a browser. */
const refusalsMax = 200;

/** Makes the channel of a socket that has proved who it is. */
export function createChannel(
  socket: Socket,
  user: { userId: string; name: string | null; onlyCallId: string | null },
  clock: { now(): number },
): Channel {
  const signals = createBucket(signalLimits, clock);
  const commands = createBucket(commandLimits, clock);
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let refusals = 0;

  const refuse = (waitMs: number): never => {
    refusals += 1;
    if (refusals > refusalsMax) socket.disconnect(true);
    const seconds = Math.ceil(waitMs / 1000);
    throw new FairminuteError("rate_limited", `Too many messages. Try again in ${seconds} s.`, {
      details: { retryAfterSeconds: seconds },
    });
  };

  return {
    socket,
    ...user,
    members: new Map(),
    lastProofAt: clock.now(),
    inOrder(work) {
      waiting += 1;
      const done = last.then(work).finally(() => {
        waiting -= 1;
      });
      last = done.catch(() => {});
      return done;
    },
    spend(name) {
      const bucket: Bucket = name === "signal" ? signals : commands;
      const waitMs = bucket.take();
      if (waitMs > 0) refuse(waitMs);
      if (waiting >= waitingMax) refuse(1000);
      refusals = 0;
    },
  };
}
