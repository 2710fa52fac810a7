// What the escrow says, as it is kept: the name of the event, its session, and its arguments as texts.
import { escrowAbi } from "@fairminute/contracts";
import { type Hex, type Log, parseEventLogs } from "viem";

/** The events that tell a session's story. What waits to be withdrawn is its owner's own matter. */
export const eventNames = ["SessionStarted", "SessionEnded", "SessionPaid", "EndClaimed", "SessionDisputed"] as const;
export type EventName = (typeof eventNames)[number];

/** One log of the escrow. */
export interface EscrowLog {
  name: EventName;
  sessionId: Hex;
  blockNumber: number;
  blockHash: Hex;
  transactionHash: Hex;
  logIndex: number;
  /** Numbers as decimal digits. */
  arguments: Record<string, string>;
}

/** Reads the escrow's own events out of logs; whatever another contract said is left out. */
export function readEscrowLogs(logs: readonly Log[], escrow: Hex): EscrowLog[] {
  const own = logs.filter(({ address }) => address.toLowerCase() === escrow.toLowerCase());
  return parseEventLogs({ abi: escrowAbi, logs: own, eventName: [...eventNames] }).map((log) => ({
    name: log.eventName,
    sessionId: log.args.sessionId,
    blockNumber: Number(log.blockNumber),
    blockHash: log.blockHash as Hex,
    transactionHash: log.transactionHash as Hex,
    logIndex: Number(log.logIndex),
    arguments: Object.fromEntries(Object.entries(log.args).map(([name, value]) => [name, String(value)])),
  }));
}
