// The commands that the pages show, and running them as somebody at a terminal does.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

/** Where the project lies. */
export const root = new URL("..", import.meta.url).pathname;
/** Runs a command to its end. */
export const run = promisify(execFile);

/** The shell blocks of every page, as `page: text`. */
export async function readBlocks(): Promise<{ page: string; text: string }[]> {
  const { stdout } = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
    cwd: root,
  });
  const blocks = [];
  for (const page of stdout.split("\n").filter(Boolean)) {
    const source = await readFile(join(root, page), "utf8");
    for (const [, text] of source.matchAll(/^```(?:sh|bash|shell)\n([\s\S]*?)^```/gm))
      blocks.push({ page, text: (text as string).trim() });
  }
  return blocks;
}

/** `npm start` and what it says until `until` appears. */
export async function start(
  command: string,
  env: Record<string, string>,
  until: RegExp,
): Promise<{ child: ChildProcess; said: () => string }> {
  const child = spawn("bash", ["-c", `exec ${command}`], {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
  });
  let text = "";
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      text += chunk;
      if (until.test(text)) resolve();
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code}:\n${text}`)));
  });
  return { child, said: () => text };
}

/** Ctrl-C goes to the whole group, as a terminal sends it; npm passes it on once more. Resolves when all of the group are gone. */
export async function interrupt(child: ChildProcess): Promise<void> {
  const group = -(child.pid as number);
  process.kill(group, "SIGINT");
  for (;;) {
    try {
      process.kill(group, 0);
    } catch {
      return;
    }
    await wait(50);
  }
}
