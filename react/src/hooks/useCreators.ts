// The people who can be called.
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { CreatorJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";

/** All creators with price and availability. Read again on news, and every 30 s for whoever dropped off silently. */
export function useCreators(): UseQueryResult<CreatorJson[]> {
  const { client } = useFairminute();
  return useQuery({ queryKey: queryKeys.creators, queryFn: client.listCreators, refetchInterval: 30_000 });
}
