// The payment of a session for React: its state, and a transaction that is followed after a reload.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { queryKeys } from "../hooks/keys.ts";
import { createPayment, idle, type Payment, type PaymentFacts, type PaymentState } from "./payment.ts";
import { useChainRoutes } from "./useEscrow.ts";

/** Gets the session with every draw; works on the newest. */
export function usePayment(facts: PaymentFacts): PaymentState & Pick<Payment, "pay"> {
  const { client } = useFairminute();
  const routes = useChainRoutes();
  const queryClient = useQueryClient();
  const [state, setState] = useState<PaymentState>(idle);
  const latest = useRef(facts);
  latest.current = facts;

  const { pay, follow } = useMemo(
    () =>
      createPayment({
        now: () => latest.current,
        tellPayment: routes.tellPayment,
        async readEscrow(callId) {
          const escrow = await routes.readEscrow(callId);
          queryClient.setQueryData(queryKeys.escrow(callId), escrow);
          return escrow;
        },
        async endCall(callId) {
          const call = await client.endCall(callId);
          queryClient.setQueryData(queryKeys.call(callId), call);
          return call;
        },
        onState: setState,
      }),
    [client, routes, queryClient],
  );

  const requestId = facts.pending?.requestId;
  const sent = facts.pending?.transactionHash;
  const paid = facts.escrow?.payment?.confirmed === true;
  useEffect(() => {
    if (requestId !== undefined && sent !== undefined && !paid) void follow(requestId, sent);
  }, [follow, requestId, sent, paid]);

  return { ...state, pay };
}
