// What every look needs, and what it is a look at.
import type { CallState } from "@fairminute/core";
import { FairminuteError } from "@fairminute/core";
import type { Charging } from "../charging/charging.ts";
import { isOpenRoom, peopleOf, type StoredCall } from "../charging/stored.ts";
import type { Database } from "../db/database.ts";
import type { Provider, ProviderCall } from "../providers/provider.ts";
import type { Ask } from "./ask.ts";
import type { LookLimits } from "./limits.ts";
import type { Watched } from "./watched.ts";

/** The providers of this server by their names. */
export interface Providers {
  get(name: string): Provider | null;
}

export interface LookWorld {
  db: Database;
  charging: Pick<Charging, "recordEvents">;
  providers: Providers;
  now: () => number;
  nextId: (prefix: string) => string;
  limits: LookLimits;
  ask: Ask;
}

/** One call that is looked at, with its log folded to now. */
export interface Subject {
  watched: Watched;
  call: StoredCall;
  state: CallState;
  provider: Provider;
  providerCall: ProviderCall;
}

/** @throws FairminuteError provider_not_configured when this server has no such provider (any more) */
export function providerOf(providers: Providers, name: string): Provider {
  const provider = providers.get(name);
  if (provider === null) {
    throw new FairminuteError(
      "provider_not_configured",
      `the provider ${name} is not configured on this server, and a call still runs there: set its address and keys`,
    );
  }
  return provider;
}

/** The call as its provider knows it. */
export function providerCallOf(call: StoredCall): ProviderCall {
  return {
    callId: call.id,
    roomName: call.roomName,
    maximumDurationSeconds: call.terms.tariff.maximumDurationSeconds,
    userIds: peopleOf(call),
  };
}

/** Those of a list whose call it is: in a room without sides everybody, else its people and no recorder or stranger. */
export function ofCall<T extends { userId: string }>(call: StoredCall, list: readonly T[]): T[] {
  if (isOpenRoom(call)) return [...list];
  const people = peopleOf(call);
  return list.filter(({ userId }) => people.includes(userId));
}

/** Whether the room is the app's own, and only its charging is ours. */
export function isAppsRoom(call: StoredCall): boolean {
  const reasons = ["registered", "adopted"];
  return call.events.some(
    ({ type, reason }) => type === "call.accepted" && reason !== null && reasons.includes(reason),
  );
}
