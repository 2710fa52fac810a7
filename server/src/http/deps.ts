// What the HTTP room needs from the rest of the house, as one parameter.
import type { CallJson, Charging } from "../charging/charging.ts";
import type { Clock } from "../clock/clock.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Escrow } from "../escrow/escrow.ts";
import type { Matchmaking } from "../matchmaking/matchmaking.ts";
import type { Courier } from "../outbox/courier.ts";
import type { IceServer } from "../providers/ice.ts";
import type { ProviderRegistry } from "../providers/registry.ts";
import type { Reconciliation } from "../reconciliation/reconciliation.ts";
import type { Study } from "../study/study.ts";
import type { Webhooks } from "../webhooks/webhooks.ts";
import type { SandboxChain } from "./sandbox-chain.ts";

/** What a browser needs to enter the room of a call. */
export interface Join {
  provider: string;
  token: string;
  roomName: string;
  serverUrl: string;
  iceServers: IceServer[] | null;
  apiKey: string | null;
}

export interface AppDeps {
  config: Config;
  charging: Charging;
  /** Absent: this server is connected to no chain. */
  escrow?: Escrow | undefined;
  matchmaking: Matchmaking;
  providers: ProviderRegistry;
  reconciliation: Reconciliation;
  study: Study;
  webhooks: Webhooks;
  db: Database;
  /** The clock of calls; the sandbox's can be moved. */
  clock: Clock;
  ids: { next(prefix: string): string };
  courier: Pick<Courier, "poke">;
  /** Lets one party into the room of a call. */
  createJoin(call: CallJson, userId: string): Promise<Join>;
  /** Sandbox only: moves the clock forward, carries out every deadline on the way, and answers the new now in ms. */
  advanceClock?: ((seconds: number) => Promise<number>) | undefined;
  /** Sandbox only: takes over how far another server has moved the clock. Asked before every request. */
  refreshClock?: (() => Promise<void>) | undefined;
  /** Sandbox only: the chain that was started for it. */
  sandboxChain?: SandboxChain | undefined;
  presence?: { isOnline(userId: string): boolean } | undefined;
  /** The built web app; absent: the API alone. */
  webDir?: string | undefined;
  /** The real time, for tokens; the machine's own when absent. */
  realNow?: (() => Date) | undefined;
  /** Where log lines go; nowhere when absent. */
  logStream?: { write(line: string): void } | undefined;
}
