// One call, and everything its people can do to it.
import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import type { CallJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";

export type CallCommand = "accept" | "reject" | "cancel" | "end";

/** The call. Kept fresh by news; while it is under way it is also read every 15 s, because news may be lost. */
export function useCall(callId: string, { enabled = true }: { enabled?: boolean } = {}): UseQueryResult<CallJson> {
  const { client } = useFairminute();
  return useQuery({
    queryKey: queryKeys.call(callId),
    queryFn: () => client.readCall(callId),
    enabled,
    refetchInterval: (query) => (isFinal(query.state.data?.status) ? false : 15_000),
  });
}

/** Commands a call. All are idempotent; the answer is put into the cache at once. */
export function useCallCommand(callId: string): UseMutationResult<CallJson, Error, CallCommand> {
  const { client } = useFairminute();
  const queryClient = useQueryClient();
  const send = { accept: client.acceptCall, reject: client.rejectCall, cancel: client.cancelCall, end: client.endCall };
  return useMutation({
    mutationFn: (command: CallCommand) => send[command](callId),
    onSuccess: (call) => queryClient.setQueryData(queryKeys.call(callId), call),
    onSettled: () => queryClient.invalidateQueries({ queryKey: queryKeys.all }),
  });
}

/** Calls a creator; the answer is the new call. */
export function useInitiateCall(): UseMutationResult<CallJson, Error, { creatorId: string; estimatedMinutes: number }> {
  const { client } = useFairminute();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: client.initiateCall,
    onSuccess: (call) => queryClient.setQueryData(queryKeys.call(call.id), call),
    onSettled: () => queryClient.invalidateQueries({ queryKey: queryKeys.all }),
  });
}

/** True for the statuses that never change again. */
export function isFinal(status: CallJson["status"] | undefined): boolean {
  return status === "completed" || status === "rejected" || status === "cancelled" || status === "missed";
}
