// The bridge from a framework-free store to React.
import { useSyncExternalStore } from "react";
import type { Store } from "../client/store.ts";

/** The store's current value; draws again when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}
