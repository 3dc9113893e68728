/** Starts `gravity-lint server` and lets the editor speak with it. All knowledge is in the server. */

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import * as vscode from "vscode";
import { type Executable, LanguageClient, type LanguageClientOptions } from "vscode-languageclient/node";
import { type Settings, start } from "./program";

const SECTION = "gravity-lint";
const INSTALL = "How to install";
const PAGE = "https://git.example.com/platform/gravity-lint/blob/main/docs/editors.md";

let client: LanguageClient | undefined;
/** Ends when nothing is being started or stopped: two of these at once would leave a server behind. */
let turn: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand("gravity-lint.restart", restart),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration(`${SECTION}.path`) || event.affectsConfiguration(`${SECTION}.arguments`)) {
        await restart();
      }
    }),
  );
  await restart();
}

export function deactivate(): Promise<void> {
  turn = turn.then(stop);
  return turn;
}

function restart(): Promise<void> {
  turn = turn.then(stop).then(launch);
  return turn;
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  // A server that hangs or is gone already must not keep the next one from starting.
  await running?.dispose().catch(() => undefined);
}

async function launch(): Promise<void> {
  const fresh = new LanguageClient(SECTION, "gravity-lint", server(), options());
  try {
    await fresh.start();
    client = fresh;
  } catch (error) {
    await fresh.dispose().catch(() => undefined);
    void lament(error);
  }
}

function server(): Executable {
  const given = vscode.workspace.getConfiguration(SECTION);
  const settings: Settings = {
    path: given.get("path", ""),
    arguments: given.get("arguments", []),
  };
  const folders = (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === "file")
    .map((folder) => folder.uri.fsPath);
  const { command, args } = start(settings, folders, vscode.workspace.isTrusted, existsSync);
  // Windows looks for a program where it is started before it looks on PATH.
  const options = vscode.workspace.isTrusted ? {} : { cwd: homedir() };
  return { command, args, options };
}

function options(): LanguageClientOptions {
  return {
    documentSelector: [{ scheme: "file", language: "python" }],
    // The server asks to be told of files that it wants to know about.
    diagnosticCollectionName: SECTION,
  };
}

async function lament(error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  const chosen = await vscode.window.showErrorMessage(
    `gravity-lint could not be started: ${reason}. Is gravity-lint[server] installed?`,
    INSTALL,
  );
  if (chosen === INSTALL) {
    await vscode.env.openExternal(vscode.Uri.parse(PAGE));
  }
}
