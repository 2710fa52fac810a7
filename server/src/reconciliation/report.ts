// The provider's own record of a call's connections, written to the log when it is complete.
import { evidenceOfReport, isComplete, reportOf } from "./evidence.ts";
import { type LookWorld, ofCall, type Subject } from "./world.ts";

/**
 * Asks for the record and writes down what is new in it.
 * @param options.isLast take what there is: an incomplete record is better than none when nobody will ask again
 * @returns whether there is nothing more to wait for
 * @throws FairminuteError provider_unavailable
 */
export async function recordReport(
  { ask, charging }: LookWorld,
  { call, state, provider, providerCall }: Subject,
  options: { isLast: boolean },
): Promise<boolean> {
  if (provider.reportDurations === null) return true;
  const reported = ofCall(call, await ask(provider.reportDurations(providerCall)));
  const report = reportOf(reported, call);
  const isDone = isComplete(report, state);
  if (!isDone && !options.isLast) return false;
  const known = new Set(call.events.map(({ id }) => id));
  const evidence = evidenceOfReport(report, state).filter(({ id }) => !known.has(id));
  if (evidence.length > 0) await charging.recordEvents(call.id, evidence);
  return isDone;
}
