// Reads presets of one's own: each is built on one that ships, and changes what it names.
import { type Catalogue, hasNoSides, type Preset, presetNames, shippedPresets } from "./presets.ts";
import { readTerms } from "./read-terms.ts";
import { attempt, type Mistake, Mistakes, mistake, refuse } from "./reading.ts";
import type { PolicyJson, TermsJson } from "./terms.ts";
import { writeTerms } from "./write-terms.ts";

/** `none` says elsewhere that there is no preset. */
const namePattern = /^(?!none$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const nameLength = 40;
const nameExpected = `a name of up to ${nameLength} letters: lower-case words with hyphens, such as evening-lesson, but not none`;

/** What a preset may change of the one that it is built on. Its name, version and currency are not its own to choose. */
const parts = ["tariff", "funding", "billable", "policies", "split", "limits"] as const;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (data: unknown): data is Fields => typeof data === "object" && data !== null && !Array.isArray(data);

/**
 * A catalogue with the presets of a file, `{ "presets": { "<name>": { "from": "<shipped preset>", … } } }`. Objects change the
 * fields that they name, lists (windows, policies) replace those of the preset that they are built on, and a policy of a kind that
 * is there too needs only what it changes. One with the name of a shipped preset replaces it; `from` always means the preset
 * that ships, as `base` has it. Throws `Mistakes` (`invalid_terms`) with all that is wrong in all of them, each with its path,
 * such as `evening-lesson.tariff.connectFee`.
 */
export function readPresets(data: unknown, base: Catalogue = shippedPresets): Catalogue {
  const file = isFields(data) ? data : {};
  const mistakes = findUnknown(file, ["presets"], "");
  const { presets } = file;
  if (!isFields(presets)) mistakes.push(mistake("presets", presets, "an object with a preset under each name"));
  const catalogue = new Map(base);
  for (const [name, change] of Object.entries(isFields(presets) ? presets : {})) {
    const preset = attempt(mistakes, () => readPreset(name, change, base));
    if (preset !== undefined) catalogue.set(name, preset);
  }
  if (mistakes.length > 0) throw new Mistakes(mistakes, "invalid_terms");
  return catalogue;
}

/** Fields that mean nothing here: a misspelt one would otherwise be passed over. */
function findUnknown(data: Fields, known: readonly string[], prefix: string): Mistake[] {
  const unknown = Object.keys(data).filter((key) => !known.includes(key));
  return unknown.map((key) =>
    mistake(`${prefix}${key}`, data[key], `no such field; the fields are ${known.join(", ")}`),
  );
}

function readPreset(name: string, data: unknown, base: Catalogue): Preset {
  if (name.length > nameLength || !namePattern.test(name)) throw new Mistakes([mistake("presets", name, nameExpected)]);
  if (!isFields(data)) refuse(name, data, "an object");
  const mistakes = findUnknown(data, ["from", ...parts], `${name}.`);
  attempt(mistakes, () => checkFrom(name, data.from));
  const from = typeof data.from === "string" ? base.get(data.from) : undefined;
  // Without a preset to build on nothing can be said of the rest.
  if (from === undefined) throw new Mistakes(mistakes);
  const preset = attempt(mistakes, () => inPreset(name, () => build(name, from, data)));
  if (preset !== undefined) mistakes.push(...findMisfits(preset));
  if (preset === undefined || mistakes.length > 0) throw new Mistakes(mistakes);
  return preset;
}

/** What stands under the name of a shipped preset is that preset, changed: the doors that name it rely on what it is. */
function checkFrom(name: string, from: unknown): void {
  const names: readonly unknown[] = presetNames;
  if (names.includes(name) && from !== name) refuse(`${name}.from`, from, `${name}, which it replaces`);
  if (!names.includes(from)) refuse(`${name}.from`, from, `one of ${presetNames.join(", ")}`);
}

/** Paths inside terms, as paths inside the preset. */
function inPreset<Read>(name: string, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Mistakes)) throw error;
    throw new Mistakes(error.all.map((one) => ({ ...one, path: one.path.replace(/^terms(?=\.|$)/, name) })));
  }
}

function build(name: string, from: Preset, change: Fields): Preset {
  const plain = writeTerms(from.terms);
  const merge = (part: "tariff" | "split" | "limits"): unknown => {
    const { [part]: given = {} } = change;
    return isFields(given) ? { ...plain[part], ...given } : given;
  };
  const { funding = {}, billable = plain.billable, policies = plain.policies } = change;
  const terms = readTerms({
    ...plain,
    preset: name,
    tariff: merge("tariff"),
    funding: mergeFunding(plain.funding, funding),
    billable,
    policies: mergePolicies(plain.policies, policies),
    split: merge("split"),
    limits: merge("limits"),
  });
  return { name, from: from.from, terms };
}

/** Where both hold money in a wallet's currency, what is not named stays as it was. */
function mergeFunding(plain: TermsJson["funding"], change: unknown): unknown {
  if (!isFields(change)) return change;
  const { kind = plain.kind } = change;
  return kind === "none" || kind === "escrow" ? { kind, ...change } : { ...plain, ...change };
}

function mergePolicies(plain: readonly PolicyJson[], change: unknown): unknown {
  if (!Array.isArray(change)) return change;
  return change.map((policy) =>
    isFields(policy) ? { ...plain.find(({ kind }) => kind === policy.kind), ...policy } : policy,
  );
}

/** What must stay as it is in the preset that this one is built on. */
function findMisfits(preset: Preset): Mistake[] {
  const { name, from, terms } = preset;
  const { kind } = terms.funding;
  const mistakes: Mistake[] = [];
  if ((kind === "escrow") !== (from === "tutoring-onchain")) {
    const only = "escrow exactly when it is built on tutoring-onchain";
    mistakes.push(mistake(`${name}.funding.kind`, kind, only));
  }
  if (hasNoSides(preset)) {
    const why = "in a room without sides, where nobody is paid";
    if (kind !== "none") mistakes.push(mistake(`${name}.funding.kind`, kind, `none ${why}`));
    const kinds = terms.policies.map((policy) => policy.kind);
    if (kinds.length > 0) mistakes.push(mistake(`${name}.policies`, kinds, `none ${why}`));
  }
  return mistakes;
}
