// Penalties of one's own, told once each: as news, or found on a call that ended before one's eyes when the news was lost.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import type { CallJson, PenaltyJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";
import { isFinal } from "./useCall.ts";
import { useMe } from "./useMe.ts";

/** A penalty that one has not been told of yet, with the call that it was taken for. */
export type PenaltyNews = { id: string; call: CallJson; penalty: PenaltyJson };

/** What the server says of penalties as they happen, oldest first, and a way to put one aside. */
export function usePenaltyNews(): { news: PenaltyNews[]; dismiss: (id: string) => void } {
  const { client } = useFairminute();
  const queryClient = useQueryClient();
  const me = useMe().data?.userId;
  const [told, setTold] = useState<readonly string[]>([]);
  const [calls, setCalls] = useState<readonly CallJson[]>([]);

  useEffect(() => {
    const learn = (call: CallJson) => {
      if (call.penalties.length === 0) return;
      setCalls((known) => [...known.filter(({ id }) => id !== call.id), call]);
      void queryClient.invalidateQueries({ queryKey: queryKeys.wallet });
    };
    const stopNews = client.live.onNotice(({ type, data }) => {
      if (type === "call:penalty" && isCall(data.call)) learn(data.call);
    });
    // A call that was over when it was first read is history, not news.
    const alive = new Set<string>();
    const stopCache = queryClient.getQueryCache().subscribe(({ type, query }) => {
      const call: unknown = type === "updated" && query.queryKey.length === 3 ? query.state.data : undefined;
      if (!isCall(call) || query.queryHash !== JSON.stringify(queryKeys.call(call.id))) return;
      if (!isFinal(call.status)) alive.add(call.id);
      else if (alive.delete(call.id)) learn(call);
    });
    return () => {
      stopNews();
      stopCache();
    };
  }, [client, queryClient]);

  const news = calls.flatMap((call) =>
    call.penalties
      .filter(({ userId, reversedAt }) => userId === me && reversedAt === null)
      .map((penalty) => ({ id: `${call.id}:${penalty.policy}`, call, penalty }))
      .filter(({ id }) => !told.includes(id)),
  );
  const dismiss = useCallback((id: string) => setTold((known) => (known.includes(id) ? known : [...known, id])), []);
  return { news, dismiss };
}

function isCall(value: unknown): value is CallJson {
  const { id, penalties } = (value ?? {}) as { id?: unknown; penalties?: unknown };
  return typeof id === "string" && Array.isArray(penalties);
}
