// Calls as they were last written, remembered between their writes: saves a read, and the version guards every use of it.
import type { StoredCall } from "./stored.ts";

export interface Memory {
  get(callId: string): StoredCall | undefined;
  keep(call: StoredCall): void;
  forget(callId: string): void;
}

/** @param limit how many calls; the one that was written longest ago goes first */
export function createMemory(limit: number): Memory {
  const calls = new Map<string, StoredCall>();
  return {
    get: (callId) => calls.get(callId),
    keep(call) {
      // A map keeps the order of insertion: taking the call out first makes it the youngest.
      calls.delete(call.id);
      calls.set(call.id, call);
      if (calls.size > limit) calls.delete(calls.keys().next().value as string);
    },
    forget: (callId) => void calls.delete(callId),
  };
}
