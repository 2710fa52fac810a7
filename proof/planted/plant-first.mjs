// Imported before everything else by a detecting process: from here on the plant's file is the planted one.
import { register } from "node:module";
import { givenPlant, planted } from "./rewrite.mjs";

const plant = givenPlant();
if (plant !== null) register("./loading.mjs", import.meta.url, { data: planted(plant) });
