"""The server: what editors may ask and tell, handed on to the session."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import suppress
from typing import Any

from lsprotocol import types as lsp
from pygls import uris
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from dimlint import __version__
from dimlint.server.actions import KINDS, actions
from dimlint.server.documents import LANGUAGE, Document
from dimlint.server.drawn import diagnostics, hints, hover
from dimlint.server.session import Session

SECTION = "dimlint"
WATCHED = ("**/pyproject.toml", "**/*.py")
CELL = "vscode-notebook-cell:"
"""Addresses of the cells of notebooks, which are no programs by themselves."""
NOTEBOOKS = lsp.NotebookDocumentSyncOptions([lsp.NotebookDocumentFilterWithCells([lsp.NotebookCellLanguage(LANGUAGE)])], save=True)


class _Protocol(LanguageServerProtocol):
    """The protocol without the library's own copies of texts: these count other characters as ends of lines than Python does."""

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Generator[Any, Any, None]:
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(lsp.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def lsp_notebook_document__did_change(self, params: lsp.DidChangeNotebookDocumentParams) -> Generator[Any, Any, None]:
        yield self.fm.features[lsp.NOTEBOOK_DOCUMENT_DID_CHANGE], (params,), None


class Server(LanguageServer):
    """One editor's server."""

    def __init__(self) -> None:
        super().__init__("dimlint", __version__, notebook_document_sync=NOTEBOOKS, protocol_cls=_Protocol)
        self.session = Session(self.publish, self.log)
        self.options: object = None
        self.ended = False
        """Whether the editor took its leave as it should."""

    def publish(self, document: Document) -> None:
        """Tell the editor what is known of a document."""
        for page, found in diagnostics(self.session, document):
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(page.uri, found, page.version))
        workspace = self.client_capabilities.workspace
        if workspace is not None and workspace.inlay_hint is not None and workspace.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)

    def forget(self, uris: Iterable[str]) -> None:
        """Tell the editor that nothing is known at these addresses."""
        for uri in uris:
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    def log(self, message: str) -> None:
        """Note in the editor's log what went wrong."""
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, message))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """A mistake in the server is logged and nothing else."""
        with suppress(Exception):
            self.log(f"internal error: {type(error).__name__}: {error}")

    @property
    def takes_versions(self) -> bool:
        """Whether the editor takes changes of a stated version."""
        workspace = self.client_capabilities.workspace
        return bool(workspace is not None and workspace.workspace_edit is not None and workspace.workspace_edit.document_changes)

    async def configure(self, told: object) -> None:
        """Use the settings that the editor tells, or else those that it gives when asked, or else those from the start."""
        workspace = self.client_capabilities.workspace
        if not (isinstance(told, dict) and told.get(SECTION)) and workspace is not None and workspace.configuration:
            items = [lsp.ConfigurationItem(section=SECTION)]
            with suppress(Exception):
                (told,) = await self.workspace_configuration_async(lsp.ConfigurationParams(items))
        self.session.configure(told or self.options)

    def watch(self) -> None:
        """Ask to be told of changed files and settings."""
        workspace = self.client_capabilities.workspace
        wanted = []
        files = workspace.did_change_watched_files if workspace is not None else None
        settings = workspace.did_change_configuration if workspace is not None else None
        if files is not None and files.dynamic_registration:
            watchers = [lsp.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
            wanted.append(lsp.Registration("files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
        if settings is not None and settings.dynamic_registration:
            section = lsp.DidChangeConfigurationRegistrationOptions(section=SECTION)
            wanted.append(lsp.Registration("settings", lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, section))
        if wanted:
            self.client_register_capability(lsp.RegistrationParams(wanted))


def make_server() -> Server:
    """A server that answers everything."""
    server = Server()
    _add_life(server)
    _add_documents(server)
    _add_notebooks(server)
    _add_requests(server)
    return server


def _add_life(server: Server) -> None:
    session = server.session

    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        encoding = server.workspace.position_encoding
        session.encoding = encoding.value if isinstance(encoding, lsp.PositionEncodingKind) else encoding or "utf-16"
        server.options = params.initialization_options
        session.configure(server.options)

    @server.feature(lsp.INITIALIZED)
    async def initialized(params: lsp.InitializedParams) -> None:
        server.watch()
        await server.configure(None)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(params: lsp.DidChangeConfigurationParams) -> None:
        await server.configure(params.settings)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: lsp.DidChangeWatchedFilesParams) -> None:
        session.files_changed(path for change in params.changes if (path := uris.to_fs_path(change.uri)) is not None)

    @server.feature(lsp.SHUTDOWN)
    async def shutdown(params: None) -> None:
        server.ended = True
        await session.end()

    @server.feature(lsp.EXIT)
    def leave(params: None) -> None:
        session.kill()


def _add_documents(server: Server) -> None:
    session = server.session

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        if not document.uri.startswith(CELL):
            session.open(document.uri, document.version, document.text)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: lsp.DidChangeTextDocumentParams) -> None:
        session.change(params.text_document.uri, params.text_document.version, params.content_changes)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: lsp.DidSaveTextDocumentParams) -> None:
        session.save(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: lsp.DidCloseTextDocumentParams) -> None:
        session.close(params.text_document.uri)
        server.forget([params.text_document.uri])


def _add_notebooks(server: Server) -> None:
    session = server.session

    @server.feature(lsp.NOTEBOOK_DOCUMENT_DID_OPEN)
    def did_open(params: lsp.DidOpenNotebookDocumentParams) -> None:
        session.open_notebook(params.notebook_document, params.cell_text_documents)

    @server.feature(lsp.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def did_change(params: lsp.DidChangeNotebookDocumentParams) -> None:
        notebook = params.notebook_document
        server.forget(session.change_notebook(notebook.uri, notebook.version, params.change.cells))

    @server.feature(lsp.NOTEBOOK_DOCUMENT_DID_SAVE)
    def did_save(params: lsp.DidSaveNotebookDocumentParams) -> None:
        session.save(params.notebook_document.uri)

    @server.feature(lsp.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def did_close(params: lsp.DidCloseNotebookDocumentParams) -> None:
        document = session.documents.get(params.notebook_document.uri)
        session.close(params.notebook_document.uri)
        server.forget(page.uri for page in (document.pages if document is not None else ()))


def _add_requests(server: Server) -> None:
    session = server.session

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def on_hover(params: lsp.HoverParams) -> lsp.Hover | None:
        found = session.find(params.text_document.uri)
        return None if found is None else hover(*found, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hint(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        found = session.find(params.text_document.uri)
        return [] if found is None or not session.settings.inlay_hints else hints(*found, params.range)

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(KINDS))
    async def code_action(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        found = session.find(params.text_document.uri)
        if found is not None:
            await session.fixes(found[0])
            found = session.find(params.text_document.uri)  # it may have changed meanwhile
        return [] if found is None else actions(session, *found, params, versioned=server.takes_versions)


def serve(address: tuple[str, int] | None) -> int:
    """Serve one editor until it leaves, over standard input and output or at an address; the exit status."""
    server = make_server()
    if address is not None:
        server.start_tcp(*address)
    else:
        stream = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # what anything prints must not get into the protocol
        sys.stdout = sys.stderr
        server.start_io(sys.stdin.buffer, stream)
    return 0 if server.ended else 1
