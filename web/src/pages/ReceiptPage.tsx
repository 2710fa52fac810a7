// The receipt of one call.
import { Receipt } from "@fairminute/react";
import type { ReactNode } from "react";
import { usePageTitle } from "../usePageTitle.ts";
import { words } from "../words.ts";

/** The component says everything; the page gives it room. */
export function ReceiptPage({ callId }: { callId: string }): ReactNode {
  usePageTitle(words.receipt);
  return <Receipt callId={callId} />;
}
