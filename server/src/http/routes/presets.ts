// The presets: the terms that calls can be opened under here.
import { presetsJson } from "../../charging/preset-json.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { presetsSchema } from "../schemas/terms.ts";

/** `GET /api/presets`. */
export function presetRoutes({ charging }: AppDeps): Route[] {
  return [
    route({
      method: "GET",
      url: "/api/presets",
      id: "listPresets",
      tag: "Server",
      summary: "List the presets",
      description:
        "The terms that a call of now is opened under: those that ship, and the operator's own. A creator's price takes the place " +
        "of pricePerMinute, and a call keeps its terms whatever the presets become.",
      who: "caller",
      answer: presetsSchema,
      answers: "The presets, the shipped ones first.",
      errors: [],
      run: async () => ({ presets: presetsJson(charging.presets) }),
    }),
  ];
}
