// The receipt of a call: why this price, line by line.
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { ReceiptJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";

/** The receipt as the signed-in person may see it. */
export function useReceipt(callId: string): UseQueryResult<ReceiptJson> {
  const { client } = useFairminute();
  return useQuery({ queryKey: queryKeys.receipt(callId), queryFn: () => client.readReceipt(callId) });
}
