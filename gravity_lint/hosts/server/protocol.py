"""The protocol as editors speak it: every request is answered, words that are too new are let pass.

An editor may be newer than the library that reads its messages. What it can do besides is of no
interest here, and must not keep it from being served.
"""

from __future__ import annotations

import enum
from typing import Any

from cattrs import Converter
from lsprotocol import types as lsp
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidRequest,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, default_converter


class ForgivingProtocol(LanguageServerProtocol):
    """Refuses in words what pygls would leave without an answer."""

    _initialized = False

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return the message that *data* is; a request that is none is answered at once."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise

    def handle_message(self, message: Any) -> None:
        """Pass *message* on, unless the editor has not begun yet, or has ended."""
        method, identity = getattr(message, "method", None), getattr(message, "id", None)
        self._initialized = self._initialized or method == lsp.INITIALIZE
        if method is not None and identity is not None:
            refusal = self._refusal()
            if refusal is not None:
                self._send_response(identity, error=refusal.to_response_error())
                return
        super().handle_message(message)

    @property
    def is_shut_down(self) -> bool:
        """Whether the editor has said that it will go."""
        return bool(self._shutdown)

    def _refusal(self) -> JsonRpcException | None:
        if not self._initialized:
            return JsonRpcServerNotInitialized()
        return JsonRpcInvalidRequest("the server is shut down") if self.is_shut_down else None


def converter() -> Converter:
    """Return what reads messages; a word that the protocol does not have stays what it is."""
    found: Converter = default_converter()  # type: ignore[no-untyped-call]
    for kind in vars(lsp).values():
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            found.register_structure_hook(kind, _word)
    return found


def _word(value: Any, kind: type[enum.Enum]) -> Any:
    try:
        return kind(value)
    except ValueError:
        return value
