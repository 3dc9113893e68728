/** The real program, spoken to with the library that the extension uses: no editor is needed. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { start } from "../src/program";

const program = process.env["GRAVITY_LINT"];
const example = process.env["GRAVITY_LINT_EXAMPLE"];

test("the program answers as the client wants it", { skip: !program || !example }, async () => {
  const root = path.join(mkdtempSync(path.join(tmpdir(), "gravity-lint-")), "service");
  cpSync(example as string, root, { recursive: true });
  mkdirSync(path.join(root, ".git"), { recursive: true });
  const { command, args } = start({ path: program as string, arguments: [] }, [root], true, () => false);
  const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const told = new Map<string, unknown[]>();
  connection.onNotification("textDocument/publishDiagnostics", (news) => {
    told.set(news.uri, news.diagnostics);
  });
  connection.listen();
  const uri = pathToFileURL(root).href;
  const answer = (await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: uri,
    capabilities: {},
    workspaceFolders: [{ uri, name: "service" }],
  })) as { capabilities: { hoverProvider?: unknown; codeLensProvider?: unknown } };
  assert.ok(answer.capabilities.hoverProvider);
  assert.ok(answer.capabilities.codeLensProvider);
  await connection.sendNotification("initialized", {});
  await connection.sendRequest("gravity-lint/settled", {});
  assert.ok([...told.values()].some((diagnostics) => diagnostics.length > 0));
  await connection.sendRequest("shutdown");
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  await connection.sendNotification("exit");
  await ended;
  connection.dispose();
});
