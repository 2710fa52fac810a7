// People: creators and what they ask for, and who the caller is.
import { z } from "zod";
import { coinsField } from "./fields.ts";

const settingFields = {
  callRatePerMinute: z
    .int()
    .min(1)
    .max(1_000_000)
    .meta({ description: "Coins a minute.", examples: [10] }),
  minimumCallDuration: z
    .int()
    .min(0)
    .max(1440)
    .meta({ description: "Minutes that the payer's balance must cover.", examples: [5] }),
  isAvailableForCalls: z.boolean().meta({ examples: [true] }),
  autoAcceptCalls: z.boolean().meta({ description: "Calls are accepted without ringing.", examples: [false] }),
};

export const creatorSettingsSchema = z.object(settingFields).meta({ id: "CreatorSettings" });

/** Any of the settings; what is left out stays as it is. */
export const changeCreatorSettingsSchema = z
  .strictObject(settingFields)
  .partial()
  .meta({ id: "ChangeCreatorSettings" });

export const creatorSchema = z
  .object({
    userId: z.string().meta({ examples: ["mia"] }),
    name: z.string().meta({ examples: ["Mia Torres"] }),
    callRatePerMinute: coinsField.meta({ examples: [10] }),
    minimumCallDuration: z.int().meta({ examples: [5] }),
    isAvailableForCalls: z.boolean().meta({ examples: [true] }),
    online: z.boolean().meta({ description: "Has a connection to this server.", examples: [true] }),
    busy: z.boolean().meta({ description: "Is in a call, or about to be.", examples: [false] }),
  })
  .meta({ id: "Creator" });

export const creatorsSchema = z.object({ creators: z.array(creatorSchema) }).meta({ id: "Creators" });

export const meSchema = z
  .object({
    userId: z.string().meta({ examples: ["leo"] }),
    name: z.string().meta({ examples: ["Leo Brandt"] }),
    role: z.string().meta({ examples: ["fan"] }),
    mode: z.enum(["sandbox", "production"]),
  })
  .meta({ id: "Me" });
