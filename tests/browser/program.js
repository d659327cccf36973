// The real program and a real browser, each in a folder of its own, ended by their own handles.
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const binary = process.env.SUPPILO_BINARY ?? join(target, "debug", "suppilo");
const artifacts = join(root, "artifacts");
mkdirSync(artifacts, { recursive: true });

/** Start `suppilo ARGS --data NEW --port 0 --json`; resolves once it serves. */
export async function start(...args) {
  const folder = mkdtempSync(join(tmpdir(), "suppilo-browser-"));
  const program = spawn(binary, [...args, "--data", join(folder, "data"), "--port", "0", "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  program.stderr.on("data", (piece) => (log = (log + piece).slice(-20_000)));
  const line = await new Promise((resolve, reject) => {
    createInterface(program.stdout).once("line", resolve);
    program.once("error", reject);
    program.once("exit", (code) => reject(new Error(`the program ended with ${code}:\n${log}`)));
  });
  const stop = async () => {
    program.removeAllListeners("exit");
    const code = await new Promise((resolve) => {
      program.once("exit", resolve);
      program.kill("SIGTERM");
    });
    rmSync(folder, { recursive: true, force: true });
    return code;
  };
  return { ...JSON.parse(line), stop, log: () => log };
}

/** A browser that asks nobody but the program under test. */
export function browse() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What a downloaded file says. */
export async function textOf(download) {
  return readFileSync(await download.path(), "utf8");
}

/** Keep a picture of the page. */
export async function picture(page, name) {
  await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: false });
}
