// Gives a test file its own stage, and every test of it the stage as it was at the beginning.
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { raiseStage, type Stage } from "./stage.ts";

/** The stage, to be asked for inside of tests. `prepare` sets what all tests of the file start from. */
export function onStage(prepare: (stage: Stage) => Promise<void> = async () => undefined): () => Stage {
  let stage: Stage | undefined;
  let snapshot: `0x${string}` = "0x";
  const raised = () => {
    if (!stage) throw new Error("the stage did not come up");
    return stage;
  };
  beforeAll(async () => {
    stage = await raiseStage();
    await prepare(stage);
  });
  beforeEach(async () => {
    snapshot = await raised().clock.snapshot();
  });
  afterEach(async () => {
    await raised().clock.revert({ id: snapshot });
  });
  afterAll(async () => {
    await stage?.chain.stop();
  });
  return raised;
}
