// What I ask for a call: my price, minimum, availability, and whether calls are accepted by themselves.
import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import type { CreatorSettingsJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";

export type CreatorSettings = {
  settings: UseQueryResult<CreatorSettingsJson>;
  save: UseMutationResult<unknown, Error, Partial<CreatorSettingsJson>>;
};

/** My settings, and how to change some of them. */
export function useCreatorSettings(): CreatorSettings {
  const { client } = useFairminute();
  const queryClient = useQueryClient();
  const settings = useQuery({ queryKey: queryKeys.creatorSettings, queryFn: client.readCreatorSettings });
  const save = useMutation({
    mutationFn: client.writeCreatorSettings,
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: queryKeys.creatorSettings }),
        queryClient.invalidateQueries({ queryKey: queryKeys.creators }),
      ]),
  });
  return { settings, save };
}
