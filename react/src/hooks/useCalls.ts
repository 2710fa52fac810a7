// The calls one is in: who is ringing, what is under way, and what was.
import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import type { HistoryFilter } from "../client/routes.ts";
import type { CallJson, CallPageJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";
import { useMe } from "./useMe.ts";

/** The call that rings for me, the oldest first; null when nobody calls. */
export function useIncomingCall(): CallJson | null {
  const me = useMe().data?.userId;
  const ringing = usePendingCalls().filter((call) => call.payeeId === me);
  return ringing.toSorted((a, b) => a.requestedAt.localeCompare(b.requestedAt))[0] ?? null;
}

/** The call that I make and that is not answered yet; null when there is none. */
export function useOutgoingCall(): CallJson | null {
  const me = useMe().data?.userId;
  return usePendingCalls().find((call) => call.payerId === me) ?? null;
}

/** News may be lost, and a call that rings cannot wait: read every 15 s as well. */
function usePendingCalls(): CallJson[] {
  const { client } = useFairminute();
  const pending = useQuery({ queryKey: queryKeys.pending, queryFn: client.listPending, refetchInterval: 15_000 });
  return (pending.data ?? []).filter((call) => call.status === "pending");
}

/** My calls that are accepted or running. */
export function useActiveCalls(): UseQueryResult<CallJson[]> {
  const { client } = useFairminute();
  return useQuery({ queryKey: queryKeys.active, queryFn: client.listActive });
}

/** My calls, newest first, page by page. */
export function useCallHistory(filter: HistoryFilter = {}): UseInfiniteQueryResult<InfiniteData<CallPageJson>> {
  const { client } = useFairminute();
  return useInfiniteQuery({
    queryKey: queryKeys.history(filter),
    queryFn: ({ pageParam }) =>
      client.listHistory({ limit: 20, ...filter, ...(pageParam === null ? {} : { cursor: pageParam }) }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
}
