// Who is signed in.
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { MeJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";

/** The person of the client's token, and the mode of the server. */
export function useMe(): UseQueryResult<MeJson> {
  const { client } = useFairminute();
  return useQuery({ queryKey: queryKeys.me, queryFn: client.readMe, staleTime: Number.POSITIVE_INFINITY });
}
