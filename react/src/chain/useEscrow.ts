// How a call stands on its chain, and whose wallet is whose.
import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useMemo } from "react";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { queryKeys } from "../hooks/keys.ts";
import { type ChainRoutes, createChainRoutes } from "./routes.ts";
import type { EscrowWallet } from "./wallet.ts";
import type { ChainJson, EscrowJson, SandboxChainJson, WalletLinkJson } from "./wire.ts";

/** The chain's routes with the surrounding client. */
export function useChainRoutes(): ChainRoutes {
  const { request, learnTime } = useFairminute().client;
  return useMemo(() => createChainRoutes(request, learnTime), [request, learnTime]);
}

/**
 * The call's escrow. News makes it read again; because news may be lost it is read every `everyMs` too, until it is paid for good.
 * @param callId null: nothing is read
 */
export function useEscrow(callId: string | null, everyMs = 15_000): UseQueryResult<EscrowJson> {
  const routes = useChainRoutes();
  return useQuery({
    queryKey: queryKeys.escrow(callId ?? ""),
    queryFn: () => routes.readEscrow(callId ?? ""),
    enabled: callId !== null,
    refetchInterval: ({ state }) => (state.data?.payment?.confirmed === true ? false : everyMs),
    refetchIntervalInBackground: true,
  });
}

/** A server that was just started has not asked its token yet. */
const askAgainMs = 2000;

/** The chain that calls are paid on; read again until the token's decimals are known, and then it never changes. */
export function useChain(): UseQueryResult<ChainJson> {
  const routes = useChainRoutes();
  return useQuery({
    queryKey: queryKeys.chain,
    queryFn: routes.readChain,
    staleTime: ({ state }) => (state.data?.decimals == null ? 0 : Number.POSITIVE_INFINITY),
    refetchInterval: ({ state }) => (state.data?.decimals === null ? askAgainMs : false),
  });
}

/** One's linked wallet; null when there is none. */
export function useLinkedWallet(): UseQueryResult<WalletLinkJson | null> {
  const routes = useChainRoutes();
  return useQuery({ queryKey: queryKeys.linkedWallet, queryFn: routes.readWallet });
}

/** Proves to the server that a wallet is one's own: it gives a sentence, the wallet signs it. */
export function useLinkWallet(): UseMutationResult<WalletLinkJson, Error, EscrowWallet> {
  const routes = useChainRoutes();
  const queryClient = useQueryClient();
  return useMutation({
    async mutationFn(wallet: EscrowWallet) {
      const { message } = await routes.askChallenge(wallet.address);
      return routes.linkWallet({ message, signature: await wallet.signMessage(message) });
    },
    onSuccess: (link) => queryClient.setQueryData(queryKeys.linkedWallet, link),
  });
}

/** The sandbox's chain; not asked where `enabled` is false. */
export function useSandboxChain(enabled: boolean, everyMs: number | false = false): UseQueryResult<SandboxChainJson> {
  const routes = useChainRoutes();
  return useQuery({
    queryKey: queryKeys.sandboxChain,
    queryFn: routes.readSandboxChain,
    enabled,
    refetchInterval: everyMs,
  });
}
