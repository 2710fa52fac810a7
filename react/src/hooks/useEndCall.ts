// Ending a call: acknowledged over the socket or over HTTP, with camera and microphone off either way.
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import type { CallConnection } from "../call/callConnection.ts";
import type { CallJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";

/** Before the call was accepted its payer cancels it; afterwards either side hangs up. */
export function useEndCall(
  call: CallJson,
  connection: CallConnection | null,
): UseMutationResult<CallJson, Error, void> {
  const { client } = useFairminute();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => {
      if (call.status === "pending") return client.cancelCall(call.id);
      return connection === null ? client.endCall(call.id) : connection.hangUp();
    },
    onSuccess: (ended) => queryClient.setQueryData(queryKeys.call(call.id), ended),
    onSettled: () => queryClient.invalidateQueries({ queryKey: queryKeys.all }),
  });
}
