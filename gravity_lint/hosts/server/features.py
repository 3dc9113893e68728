"""What the protocol says, passed on: to the documents, the desk and the session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from lsprotocol import types as lsp

from gravity_lint.hosts.server import outline
from gravity_lint.hosts.server.actions import FIX_ALL, REASON, SAY_WHY, SHOW_RULE
from gravity_lint.hosts.server.documents import path_of, uri_of
from gravity_lint.hosts.server.pages import Pages
from gravity_lint.hosts.server.recollection import Item, Recollection
from gravity_lint.hosts.server.rule_pages import written
from gravity_lint.hosts.server.sights import Subject, View, view
from gravity_lint.hosts.server.speaker import SETTLED, GravityServer
from gravity_lint.hosts.server.telling import Telling
from gravity_lint.hosts.server.ways import Place, destinations, referring
from gravity_lint.model.code.scopes import Module
from gravity_lint.sources.spans import Span

_WATCHED = ("**/*.py", "**/*.{toml,ini,cfg,txt,in}", "**/.gitignore", "**/*baseline*")
"""What bears on services besides texts that are open."""
_DIRECTORIES = "**/*"
"""Of a directory that goes or comes as a whole, editors name nothing but the directory."""
_OF_OTHERS = lsp.FileOperationRegistrationOptions(
    [lsp.FileOperationFilter(lsp.FileOperationPattern("**/*"), "file")]
)


def live(server: GravityServer) -> None:
    """Have *server* begin and end when the editor says so."""

    @server.feature(lsp.INITIALIZED)
    def begin(params: lsp.InitializedParams) -> None:
        server.loop = asyncio.get_running_loop()
        server.name_folders()
        server.desk.open()
        _watch(server)

    @server.feature(SETTLED)
    async def settled(params: Any) -> None:
        await asyncio.wrap_future(server.desk.settled())

    @server.feature(lsp.SHUTDOWN)
    def end(params: None) -> None:
        server.desk.close()


def _watch(server: GravityServer) -> None:
    """Ask the editor to tell of files that others change."""
    if not server.watches:
        return
    watchers = [lsp.FileSystemWatcher(pattern) for pattern in _WATCHED]
    comes_and_goes = lsp.WatchKind.Create | lsp.WatchKind.Delete
    watchers.append(lsp.FileSystemWatcher(_DIRECTORIES, comes_and_goes))
    registration = lsp.Registration(
        "gravity-lint-files",
        lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        lsp.DidChangeWatchedFilesRegistrationOptions(watchers),
    )
    server.client_register_capability(lsp.RegistrationParams([registration]))


def listen(server: GravityServer) -> None:
    """Have *server* take in texts, and whatever happens to files."""

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        server.change(document.uri, document.text, document.version)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        text = server.workspace.get_text_document(uri).source
        server.change(uri, text, params.text_document.version)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        server.look_again()

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def happened(params: lsp.DidChangeWatchedFilesParams) -> None:
        server.look_again(params.changes)

    @server.feature(lsp.WORKSPACE_DID_CREATE_FILES, _OF_OTHERS)
    def created(params: lsp.CreateFilesParams) -> None:
        server.look_again()

    @server.feature(lsp.WORKSPACE_DID_RENAME_FILES, _OF_OTHERS)
    def renamed(params: lsp.RenameFilesParams) -> None:
        server.look_again()

    @server.feature(lsp.WORKSPACE_DID_DELETE_FILES, _OF_OTHERS)
    def deleted(params: lsp.DeleteFilesParams) -> None:
        server.look_again()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def refolded(params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        server.name_folders()


def act(server: GravityServer) -> None:
    """Have *server* offer what can be done."""
    kinds = [lsp.CodeActionKind.QuickFix, FIX_ALL]

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=kinds, resolve_provider=True),
    )
    async def offer(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        path = path_of(params.text_document.uri)
        if path is None:
            return []
        return await server.ask(lambda: server.actions().offered(path, params))

    @server.feature(lsp.CODE_ACTION_RESOLVE)
    async def resolve(params: lsp.CodeAction) -> lsp.CodeAction:
        action = await server.ask(lambda: server.actions().resolved(params))
        if action.disabled is not None:
            told = lsp.ShowMessageParams(lsp.MessageType.Warning, action.disabled.reason)
            server.window_show_message(told)
        return action

    @server.command(SHOW_RULE)
    async def show_rule(uri: str, code: str) -> None:
        path = path_of(uri) or ""
        rules = await server.ask(lambda: server.session.rules(path))
        rule = next((rule for rule in rules if rule.code == code), None)
        if rule is not None:
            await server.show(uri_of(str(written(rule, rules))))

    @server.command(SAY_WHY)
    async def say_why(uri: str, line: int, column: int) -> None:
        path = path_of(uri) or ""
        place = Span(line, column, line, column + len(REASON))
        await server.show(uri, server.pages().page(path).range(place))


def tell(server: GravityServer) -> None:
    """Have *server* tell what it knows of the services."""

    def module_at(uri: str) -> Module | None:
        path = path_of(uri)
        return server.session.module(path) if path is not None else None

    def seen(
        document: lsp.TextDocumentIdentifier, position: lsp.Position
    ) -> tuple[View, Pages] | None:
        pages, module = server.pages(), module_at(document.uri)
        if module is None:
            return None
        found = view(module, pages.page(module.path).place(position))
        return (found, pages) if found is not None else None

    def located(places: Iterable[Place], pages: Pages) -> list[lsp.Location]:
        return [
            lsp.Location(pages.uri(module.path), pages.page(module.path).range(span))
            for module, span in dict.fromkeys(places)
        ]

    def led(
        params: lsp.DefinitionParams | lsp.ReferenceParams,
        leading: Callable[[Subject], Iterable[Place]],
    ) -> list[lsp.Location]:
        found = seen(params.text_document, params.position)
        if found is None:
            return []
        one, pages = found
        return located((x for y in one.subjects for x in leading(y)), pages)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    async def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        def answer() -> lsp.Hover | None:
            found = seen(params.text_document, params.position)
            if found is None:
                return None
            one, pages = found
            text = "\n\n---\n\n".join(map(Telling(pages).of, one.subjects))
            place = pages.page(path_of(params.text_document.uri) or "").range(one.span)
            return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text), place)

        return await server.ask(answer)

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    async def define(params: lsp.DefinitionParams) -> list[lsp.Location]:
        return await server.ask(lambda: led(params, destinations))

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    async def refer(params: lsp.ReferenceParams) -> list[lsp.Location]:
        return await server.ask(lambda: led(params, referring))

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def list_symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        return await server.ask(lambda: in_file(params.text_document.uri, symbols))

    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
    async def list_lenses(params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        return await server.ask(lambda: in_file(params.text_document.uri, lenses))

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    async def list_hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        able = server.client_capabilities.text_document
        if able is not None and able.code_lens is not None:
            return []

        def answer() -> list[lsp.InlayHint]:
            module = module_at(params.text_document.uri)
            return outline.hints(module, params.range, server.pages()) if module is not None else []

        return await server.ask(answer)

    symbols, lenses = Recollection(outline.symbols), Recollection(outline.lenses)

    def in_file(uri: str, known: Recollection[Item]) -> list[Item]:
        module = module_at(uri)
        return known.of(module, server.pages()) if module is not None else []

    @server.feature(lsp.WORKSPACE_SYMBOL)
    async def search(params: lsp.WorkspaceSymbolParams) -> list[lsp.WorkspaceSymbol]:
        def answer() -> list[lsp.WorkspaceSymbol]:
            pages = server.pages()
            services = server.session.services()
            return [one for x in services for one in outline.found(x, params.query, pages)]

        return await server.ask(answer)
