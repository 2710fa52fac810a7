// Presets as they are shown.
import { type Catalogue, type PresetName, type TermsJson, writeTerms } from "@fairminute/core";

export interface PresetJson {
  name: string;
  /** The shipped preset that it is built on; its own name when it is that one, changed or not. */
  from: PresetName;
  terms: TermsJson;
}

/** In the order of the catalogue. */
export const presetsJson = (presets: Catalogue): PresetJson[] =>
  [...presets.values()].map(({ name, from, terms }) => ({ name, from, terms: writeTerms(terms) }));
