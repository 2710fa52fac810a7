// The terms that calls are opened under at this server: its own, whatever ships.
import { FairminuteError, readTerms, type Terms } from "@fairminute/core";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { PresetJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";

const named =
  (name: string) =>
  (presets: readonly PresetJson[]): Terms => {
    const preset = presets.find((one) => one.name === name);
    if (preset !== undefined) return readTerms(preset.terms);
    const names = presets.map((one) => one.name).join(", ");
    throw new FairminuteError("unknown_preset", `${JSON.stringify(name)} is no preset here; there are ${names}`);
  };

/**
 * The terms of a preset. They are read anew by whoever shows them, and what is known is shown meanwhile: a server may have started
 * with other ones. An error is `unknown_preset` when the server has none of this name.
 */
export function usePresetTerms(name: string): UseQueryResult<Terms> {
  const { client } = useFairminute();
  return useQuery({ queryKey: queryKeys.presets, queryFn: client.listPresets, select: named(name) });
}
