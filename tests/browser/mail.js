// Mail servers for the browser's tests: the same peers that the tests of the mail use.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { root } from "./program.js";

/** Start `tests/mail/NAME.py` until the tests of a file are over: one JSON line each way. */
async function peer(name) {
  const python = process.env.SUPPILO_PYTHON ?? join(root, ".venv", "bin", "python");
  const program = spawn(python, [join(root, "tests", "mail", `${name}.py`)], { stdio: ["pipe", "pipe", "inherit"] });
  after(() => program.stdin.end());
  const lines = createInterface(program.stdout)[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name}.py ended: install tests/requirements.txt into .venv`);
    return JSON.parse(value);
  };
  const ready = await line();
  const ask = (request) => {
    program.stdin.write(`${JSON.stringify(request)}\n`);
    return line();
  };
  return { ...ready, ask };
}

/** A server that takes mail; `ask({do: "mails"})` tells what came. */
export const receiver = () => peer("peer");

/** A mailbox; `ask({do: "put", folder, mails})` lays mails into it. */
export const mailbox = () => peer("imap");
