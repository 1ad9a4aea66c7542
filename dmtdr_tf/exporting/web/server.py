"""Serves the browser page on this machine."""

import functools
import http.server
import os
import pathlib
from collections.abc import Collection
from typing import Any

from dmtdr_tf.exporting.web.host_check import is_allowed_host
from dmtdr_tf.exporting.web.writer import INFO_FILE
from dmtdr_tf.files.errors import UserError

__all__ = ["HEADERS", "PageHandler", "make_server", "check_page"]

# Threads need a page that is isolated from other origins. LiteRT.js compiles
# WebAssembly; nothing is run from, loaded from or sent to anywhere else.
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
        "style-src 'self'; img-src 'self'; connect-src 'self'; "
        "worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Browsers ask again each time, because an export may replace the page.
    "Cache-Control": "no-cache",
}


class PageHandler(http.server.SimpleHTTPRequestHandler):
    """Answers GET and HEAD with the files of one folder only.

    Args:
        directory: The folder.
        allowed_hosts: Names that the server may be called by, besides
            addresses and `localhost`; `*` allows all.
    """

    # The system's table may lack some types, or have them wrong.
    extensions_map = {
        "": "application/octet-stream",
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
    }
    protocol_version = "HTTP/1.1"
    # Seconds after which a client that stalls loses its thread.
    timeout = 30

    def __init__(
        self, *args: Any, allowed_hosts: Collection[str] = (), **options: Any
    ):
        self._allowed_hosts = allowed_hosts
        # Answers the request.
        super().__init__(*args, **options)

    def end_headers(self) -> None:
        """Adds the headers of every answer."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def send_head(self) -> Any:
        """Refuses foreign names, and paths that a link leads out by."""
        host = self.headers.get("Host", "")
        if host and not is_allowed_host(host, self._allowed_hosts):
            self.send_error(421, "This server has another name")
            return None
        root = pathlib.Path(self.directory).resolve()
        try:
            path = pathlib.Path(self.translate_path(self.path)).resolve()
        except (OSError, ValueError):
            path = root.parent
        if not path.is_relative_to(root):
            self.send_error(404, "File not found")
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        """Lists nothing: a folder without a page counts as missing."""
        self.send_error(404, "File not found")

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing: each page load would write twelve lines."""


def check_page(directory: str | os.PathLike[str]) -> None:
    """Refuses a folder that `export_web` did not write.

    Args:
        directory: The folder.

    Raises:
        UserError: The folder holds no page.
    """
    if not (pathlib.Path(directory) / INFO_FILE).is_file():
        raise UserError(
            f"{directory}: no browser page; write one with "
            "`dmtdr export --format web`"
        )


def make_server(
    directory: str | os.PathLike[str],
    port: int,
    allowed_hosts: Collection[str] = (),
) -> http.server.ThreadingHTTPServer:
    """Opens a server on loopback; `serve_forever` starts it.

    Args:
        directory: The folder that `export_web` wrote.
        port: The port; 0 for any free one.
        allowed_hosts: As in `PageHandler`.

    Returns:
        The server; `server_port` is its port.

    Raises:
        UserError: The port cannot be used.
    """
    handler = functools.partial(
        PageHandler,
        directory=os.fspath(directory),
        allowed_hosts=tuple(allowed_hosts),
    )
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise UserError(
            f"{port} cannot be used ({error.strerror})", argument="port"
        ) from None
