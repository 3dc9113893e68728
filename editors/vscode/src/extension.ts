/** Starts `gravity-lint server` and lets the editor speak with it. All knowledge is in the server. */

import { existsSync } from "node:fs";
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions } from "vscode-languageclient/node";
import { type Settings, start } from "./program";

const SECTION = "gravity-lint";
const INSTALL = "How to install";
const PAGE = "https://git.example.com/platform/gravity-lint/blob/main/docs/editors.md";

let client: LanguageClient | undefined;

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

export async function deactivate(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.dispose();
}

async function restart(): Promise<void> {
  await deactivate();
  const fresh = new LanguageClient(SECTION, "gravity-lint", server(), options());
  try {
    await fresh.start();
    client = fresh;
  } catch (error) {
    await fresh.dispose().catch(() => undefined);
    await lament(error);
  }
}

function server(): { command: string; args: string[] } {
  const given = vscode.workspace.getConfiguration(SECTION);
  const settings: Settings = {
    path: given.get("path", ""),
    arguments: given.get("arguments", []),
  };
  const folders = (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === "file")
    .map((folder) => folder.uri.fsPath);
  return start(settings, folders, vscode.workspace.isTrusted, existsSync);
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
