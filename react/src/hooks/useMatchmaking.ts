// Matchmaking: wait for somebody, wait no more, and hear at once when somebody was found.
import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { MatchWish } from "../client/routes.ts";
import type { CallJson, MatchmakingJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";

/** Well within the 30 s after which a place without a sign of life is lost. */
const signOfLifeMs = 10_000;

export type Matchmaking = {
  /** How one stands: idle, waiting, or matched with a call. */
  standing: UseQueryResult<MatchmakingJson>;
  join: UseMutationResult<MatchmakingJson, Error, MatchWish>;
  leave: UseMutationResult<MatchmakingJson, Error, void>;
};

/**
 * The queue, for one person. While they wait it asks every 10 s, also in the background, so that the place is kept.
 * @param onFound called once when a wait ends in a call; not for a match that was there before
 */
export function useMatchmaking(onFound?: (call: CallJson) => void): Matchmaking {
  const { client } = useFairminute();
  const queryClient = useQueryClient();
  const standing = useQuery({
    queryKey: queryKeys.matchmaking,
    queryFn: client.readMatchmaking,
    refetchInterval: (query) => (query.state.data?.status === "waiting" ? signOfLifeMs : false),
    refetchIntervalInBackground: true,
  });
  const learn = (answer: MatchmakingJson) => {
    queryClient.setQueryData(queryKeys.matchmaking, answer);
    if (answer.call !== null) queryClient.setQueryData(queryKeys.call(answer.call.id), answer.call);
    void queryClient.invalidateQueries({ queryKey: queryKeys.active });
  };
  // An older question must not overwrite the answer to a newer command.
  const forgetOlder = () => queryClient.cancelQueries({ queryKey: queryKeys.matchmaking });
  const join = useMutation({
    mutationFn: (wish: MatchWish) => forgetOlder().then(() => client.joinMatchmaking(wish)),
    onSuccess: learn,
  });
  const leave = useMutation({ mutationFn: () => forgetOlder().then(client.leaveMatchmaking), onSuccess: learn });
  useFound(standing.data, onFound);
  return { standing, join, leave };
}

function useFound(standing: MatchmakingJson | undefined, onFound: ((call: CallJson) => void) | undefined): void {
  const before = useRef<MatchmakingJson | undefined>(undefined);
  useEffect(() => {
    const known = before.current;
    before.current = standing;
    const call = standing?.call ?? null;
    if (call === null || known === undefined || known.matchId === standing?.matchId) return;
    onFound?.(call);
  }, [standing, onFound]);
}
