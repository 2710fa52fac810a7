// The signed-in person's money: the wallet, its statement, and the sandbox's top-up.
import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseMutationResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import type { TransferPageJson, WalletJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";
import { useMe } from "./useMe.ts";

/** Available, held and earned coins. Never optimistic: it shows what the ledger says. */
export function useWallet(): UseQueryResult<WalletJson> {
  const { client } = useFairminute();
  return useQuery({ queryKey: queryKeys.wallet, queryFn: client.readWallet });
}

/** The statement, newest first, page by page. */
export function useTransfers(): UseInfiniteQueryResult<InfiniteData<TransferPageJson>> {
  const { client } = useFairminute();
  return useInfiniteQuery({
    queryKey: queryKeys.transfers,
    queryFn: ({ pageParam }) =>
      client.listTransfers({ limit: 25, ...(pageParam === null ? {} : { cursor: pageParam }) }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
}

/** Sandbox only: adds coins to one's own wallet. */
export function useSandboxTopUp(): UseMutationResult<void, Error, number> {
  const { client } = useFairminute();
  const queryClient = useQueryClient();
  const me = useMe().data;
  return useMutation({
    mutationFn: async (amount: number) => {
      await client.creditSandboxWallet((me ?? (await client.readMe())).userId, amount);
    },
    // The call may live longer now: its evidence is read again too.
    onSettled: () => queryClient.invalidateQueries({ queryKey: queryKeys.all }),
  });
}
