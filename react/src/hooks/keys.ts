// The names under which server state is cached: one place, so that news and readers mean the same thing.
import type { HistoryFilter } from "../client/routes.ts";

const root = "fairminute";

export const queryKeys = {
  all: [root] as const,
  config: [root, "config"] as const,
  me: [root, "me"] as const,
  presets: [root, "presets"] as const,
  creators: [root, "creators"] as const,
  creatorSettings: [root, "creator-settings"] as const,
  wallet: [root, "wallet"] as const,
  transfers: [root, "wallet", "transfers"] as const,
  study: [root, "study"] as const,
  studyToday: [root, "study", "today"] as const,
  studyDays: (span: { from: string; to: string }) => [root, "study", "days", span] as const,
  matchmaking: [root, "matchmaking"] as const,
  pending: [root, "calls", "pending"] as const,
  active: [root, "calls", "active"] as const,
  histories: [root, "calls", "history"] as const,
  history: (filter: HistoryFilter) => [root, "calls", "history", filter] as const,
  call: (callId: string) => [root, "call", callId] as const,
  evidence: (callId: string) => [root, "call", callId, "live"] as const,
  escrow: (callId: string) => [root, "call", callId, "escrow"] as const,
  chain: [root, "chain"] as const,
  /** What waits for a wallet in a contract. */
  waiting: (contract: string, token: string, address: string) => [root, "waiting", contract, token, address] as const,
  linkedWallet: [root, "linked-wallet"] as const,
  sandboxChain: [root, "sandbox-chain"] as const,
  receipt: (callId: string) => [root, "call", callId, "receipt"] as const,
};
