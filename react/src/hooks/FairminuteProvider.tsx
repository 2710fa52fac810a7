// The provider: gives the client, the words and the cache to everything below it, and keeps the cache fresh by the live connection.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import type { FairminuteClient } from "../client/client.ts";
import { createFormat, type Format } from "../words/format.ts";
import { english, type Words } from "../words/words.ts";
import { refresh } from "./freshness.ts";
import { queryKeys } from "./keys.ts";

export type Fairminute = {
  locale: string | undefined;
  client: FairminuteClient;
  words: Words;
  format: Format;
  onTopUp: ((amount: number) => void) | null;
};

const Context = createContext<Fairminute | null>(null);

export type FairminuteProviderProps = {
  client: FairminuteClient;
  children: ReactNode;
  /** Your own cache, when the app has one; else the provider makes one. */
  queryClient?: QueryClient;
  /** All texts in another language; the default is English. */
  words?: Words;
  /** A BCP 47 language tag for numbers and dates; the default is the browser's. */
  locale?: string;
  /** Lets a person buy coins; keep it stable. Without it top-up buttons exist in the sandbox only. */
  onTopUp?: (amount: number) => void;
  /** Keep the live connection open (the default). Without it nothing is pushed and nobody can be called here. */
  live?: boolean;
};

/** Put it once around everything that uses Fairminute. */
export function FairminuteProvider(props: FairminuteProviderProps): ReactNode {
  const { client, words = english, locale, onTopUp = null, live = true, children } = props;
  const [own] = useState(createQueryClient);
  const queryClient = props.queryClient ?? own;
  const format = useMemo(() => createFormat(words, locale), [words, locale]);
  const value = useMemo(() => ({ client, words, format, onTopUp, locale }), [client, words, format, onTopUp, locale]);

  useEffect(() => {
    if (!live) return;
    const stops = [
      client.live.onNotice((notice) => refresh(queryClient, notice)),
      // News may have been missed while the line was down: everything on screen is read again.
      client.live.onConnect(() => void queryClient.invalidateQueries({ queryKey: queryKeys.all })),
      client.live.hold(),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [client, queryClient, live]);

  return (
    <Context.Provider value={value}>
      <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
    </Context.Provider>
  );
}

/** Amounts below it are written in another currency. */
export function InFormat({ format, words, children }: Pick<Fairminute, "format" | "words"> & { children: ReactNode }) {
  const around = useFairminute();
  const value = useMemo(() => ({ ...around, format, words }), [around, format, words]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

/** The client, the words and the formats of the surrounding provider. */
export function useFairminute(): Fairminute {
  const value = useContext(Context);
  if (value === null) throw new Error("Put <FairminuteProvider client={…}> around this component.");
  return value;
}

/** A cache with the right habits: the client retries by itself, and a server on this machine is there without internet. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, staleTime: 5_000, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
