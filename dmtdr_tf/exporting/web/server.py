"""A server for the browser page, for this machine."""

import functools
import http.server
import os
import pathlib

# Threads need a page that is isolated from other origins. LiteRT.js compiles
# WebAssembly; nothing else is run, loaded or sent from anywhere else.
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
    # Asked for again each time: another export may have replaced it.
    "Cache-Control": "no-cache",
}


class PageHandler(http.server.SimpleHTTPRequestHandler):
    """Answers GET and HEAD with the files of one folder, and no others.

    Args:
        directory: The folder.
    """

    # Not the system's table, which may lack some or have them wrong.
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
    # A client that stalls gives its thread back.
    timeout = 30

    def end_headers(self) -> None:
        """Adds the headers that every answer has."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def send_head(self):
        """Refuses what a symbolic link would lead out of the folder to."""
        root = pathlib.Path(self.directory).resolve()
        try:
            path = pathlib.Path(self.translate_path(self.path)).resolve()
        except (OSError, ValueError):
            path = root.parent
        if not path.is_relative_to(root):
            self.send_error(404, "File not found")
            return None
        return super().send_head()

    def list_directory(self, path):
        """Lists nothing: a folder without a page is not there."""
        self.send_error(404, "File not found")

    def log_message(self, format, *args) -> None:
        """Says nothing: every page load would be twelve lines."""


def make_server(
    directory: str | os.PathLike[str], port: int
) -> http.server.ThreadingHTTPServer:
    """Opens a server on loopback; `serve_forever` starts it.

    Args:
        directory: The folder that `export_web` wrote.
        port: The port; 0 for any that is free.

    Returns:
        The server; `server_port` is its port.

    Raises:
        OSError: The port is taken, or may not be used.
    """
    handler = functools.partial(PageHandler, directory=os.fspath(directory))
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
