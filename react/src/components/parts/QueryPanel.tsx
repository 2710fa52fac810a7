// Draws what was read from the server, or the state that stands in its place.
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorPanel, LoadingPanel } from "./StatePanel.tsx";

type QueryPanelProps<T> = {
  query: Pick<UseQueryResult<T>, "data" | "error" | "refetch">;
  rows?: number;
  /** Another way on when reading failed, beside trying again. */
  errorAction?: ReactNode;
  children: (data: T) => ReactNode;
};

/** Old data stays on screen when reading again fails: the connection banner says that it is old. */
export function QueryPanel<T>({ query, rows, errorAction, children }: QueryPanelProps<T>): ReactNode {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null)
    return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} action={errorAction} />;
  return <LoadingPanel {...(rows === undefined ? {} : { rows })} />;
}
