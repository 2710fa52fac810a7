// Where the contract has a session, told from the logs: its status, what was claimed, and until when somebody may do what.
import { type ContractStatus, type Story, statusOf } from "./story.ts";
import type { EscrowWorld } from "./world.ts";

export interface ContractStandingJson {
  status: ContractStatus;
  /** When the contract's clock began; null without a deposit, and while the chain cannot be asked for the time of its block. */
  openedAt: string | null;
  /** What the tutor claims, once the clock was stopped. */
  claimedSeconds: number | null;
  /** The last second to dispute a claim, or for the meter to answer a dispute. Afterwards anybody may settle. */
  until: string | null;
  /** From when on the student may take the deposit back, if nobody has ended the session; null as `openedAt`. */
  reclaimableFrom: string | null;
  /** For how long a claim may be disputed, and then again the meter may answer; null before the contract was asked. */
  disputeWindowSeconds: number | null;
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/**
 * Tells where a session stands. What only a node could say is null while none answers.
 * @param maxSeconds the longest time that its deposit pays for
 */
export async function standingJson(
  world: EscrowWorld,
  story: Story,
  maxSeconds: number,
): Promise<ContractStandingJson> {
  const facts = await world.readFacts().catch(() => null);
  const { deposit, claim, dispute } = story;
  const openedAt = deposit === null ? null : await world.readTime(deposit);
  const status = statusOf(story);
  const ends = status === "claimed" ? claim : status === "disputed" ? dispute : null;
  return {
    status,
    openedAt: openedAt === null ? null : iso(openedAt),
    claimedSeconds: claim?.claimedSeconds ?? null,
    until: ends === null ? null : iso(ends.until),
    reclaimableFrom:
      openedAt === null || facts === null ? null : iso(openedAt + maxSeconds + facts.reclaimDelaySeconds),
    disputeWindowSeconds: facts?.disputeWindowSeconds ?? null,
  };
}
