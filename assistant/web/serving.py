"""Serves the page on this machine and nowhere else, unless told otherwise, and lets nothing of it call another host."""

from __future__ import annotations

import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from assistant.errors import UsageError
from assistant.web.journal import Journal
from assistant.web.readers import Readers
from assistant.web.resources import settle, tidy
from assistant.web.silence import silence

if TYPE_CHECKING:
    import gradio as gr

    from assistant.assistant import Assistant

#: Hosts that only this machine can reach.
LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: Requests that may wait; more are turned away with a sentence.
QUEUE = 32
#: Seconds for which an idle connection is kept: longer than clients keep theirs, for who closes must not be the one
#: who is about to be asked.
KEEP_ALIVE = 75
#: Visitors whose page is kept in memory, about 0.1 MB each; one that was forgotten goes on by its kept conversation.
VISITORS = 128
#: Largest upload.
LARGEST_UPLOAD = "20mb"
#: The browser itself is told to fetch nothing from another host. Gradio's own page needs inline scripts, and its
#: HTML templates need ``eval``.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Options:
    """Where and how to serve. ``login`` is a name and a password."""

    host: str = "127.0.0.1"
    port: int | None = 7860
    open_browser: bool = False
    login: tuple[str, str] | None = field(default=None, repr=False)
    mcp: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A page that is being served."""

    url: str
    close: Callable[[], None]


def serve(assistant: Assistant, options: Options, *, block: bool) -> Service:
    """Serve the page; see :func:`assistant.web.launch`."""
    silence()
    _refuse_foreign(options.host)
    from assistant.web.page import build

    if options.mcp:
        _need_mcp()
    readers = Readers(assistant)
    ui = build(assistant, readers)
    ui.queue(max_size=QUEUE, default_concurrency_limit=4)
    try:
        _, local, _ = ui.launch(**_launching(options, ui, readers))
    except OSError as error:
        raise UsageError(f"Port {options.port} of {options.host} can't be used; choose another with --port.") from error
    if ui.server is not None:
        ui.server.config.timeout_keep_alive = KEEP_ALIVE
    service = Service(local.rstrip("/"), lambda: ui.close(verbose=False))
    if block:
        threading.Thread(target=settle, args=(assistant,), daemon=True).start()
        _until_interrupted(service, options)
    return service


def _refuse_foreign(host: str) -> None:
    """Raise UsageError for an address that is not this machine's, of which the server would complain at length."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(address)
    except (OSError, UnicodeError, ValueError) as error:
        raise UsageError(
            f"'{host[:100]}' is no address of this machine; use 127.0.0.1, or 0.0.0.0 to let others in."
        ) from error


def _until_interrupted(service: Service, options: Options) -> None:
    print(f"The page is at {service.url} (Ctrl-C ends it).", file=sys.stderr)  # noqa: T201 - for the roof
    if not options.login and options.host not in LOOPBACK:
        print("It asks for no login: who reaches it sees its conversations.", file=sys.stderr)  # noqa: T201
    ended = threading.Event()
    threading.Thread(target=tidy, args=(ended,), daemon=True).start()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: ended.set())  # how a container is told to stop
    with suppress(KeyboardInterrupt):
        ended.wait()
    service.close()


def _launching(options: Options, ui: gr.Blocks, readers: Readers) -> dict[str, Any]:
    from starlette.middleware import Middleware

    from assistant.web.forgetting import Forgetting
    from assistant.web.programs import Programs

    programs = Middleware(Programs, readers, options.login)
    doors = [Middleware(Journal), Middleware(Headers), programs, Middleware(Forgetting, ui)]
    return {
        "server_name": options.host,
        "server_port": options.port,
        "inbrowser": options.open_browser,
        "share": False,
        "prevent_thread_lock": True,
        "quiet": True,
        "show_error": True,
        "auth": _check(*options.login) if options.login else None,
        "max_file_size": LARGEST_UPLOAD,
        "ssr_mode": False,
        "enable_monitoring": False,
        "run_history": False,
        "state_session_capacity": VISITORS,
        "mcp_server": options.mcp,
        "footer_links": ["api"],
        "theme": theme(),
        "head": f"{HEAD}<style>{(files('assistant.web') / 'page.css').read_text(encoding='utf-8')}</style>",
        "app_kwargs": {"middleware": doors},
    }


#: The shade that a person chose holds before anything is drawn. The style sheet stands in the head, since Gradio
#: would prefix every selector of a sheet that it is handed.
HEAD = """
<meta name="color-scheme" content="light dark">
<script>
try {
  const shade = localStorage.getItem("paper-assistant-shade");
  if (shade) new MutationObserver((_, watcher) => {
    if (!document.body) return;
    document.body.classList.toggle("dark", shade === "dark");
    if (document.querySelector("#transcript")) watcher.disconnect();
  }).observe(document.documentElement, { childList: true, subtree: true });
} catch {}
</script>
"""


def theme() -> Any:
    """System fonts and quiet colours; the rest is in page.css."""
    from gradio.themes import Base

    system = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif")
    mono = ("ui-monospace", "Consolas", "DejaVu Sans Mono", "monospace")
    return Base(primary_hue="teal", neutral_hue="stone", font=system, font_mono=mono)


class Headers:
    """ASGI middleware that puts :data:`HEADERS` on every response."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    *((name.lower().encode(), value.encode()) for name, value in HEADERS.items()),
                ]
            await send(message)

        await self.app(scope, receive, sending)


def _check(name: str, password: str) -> Callable[[str, str], bool]:
    def allowed(given_name: str, given_password: str) -> bool:
        # Both are always compared, so that the time taken tells nothing.
        right_name = secrets.compare_digest(given_name.encode(), name.encode())
        return secrets.compare_digest(given_password.encode(), password.encode()) and right_name

    return allowed


def _need_mcp() -> None:
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise UsageError("The MCP tools need the package mcp; run: pip install 'paper-assistant[mcp]'")
