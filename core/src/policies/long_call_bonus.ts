// Long-call bonus: a completed call that lasted long enough grants coins to its payer, its payee, or both.
import type { CallFacts, CallState } from "../call.ts";
import type { Bonus, LongCallBonusPolicy, PolicyDecision } from "./policy.ts";

/** The bonuses of a completed call, one for each receiver who was there, or the reason why there is none. */
export function applyLongCallBonus(
  policy: LongCallBonusPolicy,
  facts: CallFacts,
  state: CallState,
): { bonuses: Bonus[]; decisions: PolicyDecision[] } {
  const { startedAt, endedAt } = state;
  const decide = (userId: string | null, applied: boolean, why: string): PolicyDecision => {
    return { policy: policy.kind, userId, applied, broken: false, why };
  };
  const refuse = (why: string) => ({ bonuses: [], decisions: [decide(null, false, why)] });
  if (state.status !== "completed" || startedAt === null || endedAt === null) return refuse("the call never started");
  const seconds = Math.floor((endedAt - startedAt) / 1000);
  if (seconds < policy.overSeconds) return refuse(`the call lasted ${seconds} s, less than ${policy.overSeconds} s`);
  if (policy.coins === 0n) return refuse("the policy grants no coins");
  const why = `the call lasted ${seconds} s, at least ${policy.overSeconds} s`;
  const bonuses: Bonus[] = [];
  const decisions: PolicyDecision[] = [];
  for (const { userId, role } of facts.parties) {
    if (role !== policy.to && (policy.to !== "both" || role === "attendee")) continue;
    if (!wasThere(state, userId, startedAt, endedAt)) continue;
    bonuses.push({ policy: policy.kind, userId, amount: policy.coins, reason: why });
    decisions.push(decide(userId, true, why));
  }
  return bonuses.length > 0 ? { bonuses, decisions } : refuse("nobody who would get it was there");
}

/** Whether the user was there at any time between start and end. */
function wasThere(state: CallState, userId: string, startedAt: number, endedAt: number): boolean {
  return state.presence.some(
    (person) => person.userId === userId && person.intervals.some(({ from, to }) => from < endedAt && to > startedAt),
  );
}
