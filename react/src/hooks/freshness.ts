// Which cached state a piece of news makes old. News is never applied, only read again: it may be late, lost or out of order.
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import type { Notice } from "../client/live.ts";
import { queryKeys } from "./keys.ts";

const lists: readonly QueryKey[] = [
  queryKeys.pending,
  queryKeys.active,
  queryKeys.histories,
  // Whoever is in a call waits for nobody, and a match is over with its call.
  queryKeys.matchmaking,
];

/** The cached state that a notice makes old. */
export function touchedBy(notice: Notice): readonly QueryKey[] {
  if (notice.type === "wallet:updated") return [queryKeys.wallet];
  if (notice.type === "creator:updated") return [queryKeys.creators, queryKeys.creatorSettings];
  if (notice.type === "presence:updated") return [queryKeys.creators];
  if (notice.type === "match:found") return [queryKeys.matchmaking, queryKeys.active];
  if (!notice.type.startsWith("call:") || notice.callId === null) return [];
  if (notice.type === "call:peer-joined" || notice.type === "call:peer-left")
    return [queryKeys.evidence(notice.callId)];
  // The receipt and the evidence lie under the call's key. What is held changes even when no wallet does.
  return [queryKeys.call(notice.callId), ...lists, queryKeys.creators, queryKeys.wallet];
}

/** Reads again what a notice touched. */
export function refresh(queryClient: QueryClient, notice: Notice): void {
  for (const queryKey of touchedBy(notice)) void queryClient.invalidateQueries({ queryKey });
}
