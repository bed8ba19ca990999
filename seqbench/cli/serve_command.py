"""`seqbench serve`: a results folder's page in a browser, made again as results come."""

import hashlib
from functools import partial
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote, unquote

import click

from seqbench.catalogue import Catalogue
from seqbench.cli.reporting import seen_by, told_of
from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.contract.report import Report
from seqbench.store import Store

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>seqbench</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root { color-scheme: light dark } body { font: 16px sans-serif }</style>"""
# A page may connect to nothing, so that what asks for news stands around it.
FRAME = f"""{HEAD}<style>body {{ margin: 0 }}
iframe {{ border: 0; display: block; width: 100%; height: 100vh }}</style>
<iframe src="page" title="report"></iframe><script>
let seen;
setInterval(async () => {{
  const now = await (await fetch("stamp")).text();
  if (seen && now !== seen) document.querySelector("iframe").contentWindow.location.reload();
  seen = now;
}}, 2000);
</script>"""


class Page:
    """The report of a folder, made once for each state of its records."""

    def __init__(self, folder: Path, report: Report) -> None:
        self.folder, self.report, self.lock = folder, report, Lock()
        self.made, self.text = "", ""

    def stamp(self) -> str:
        """What changes with the records."""
        files = sorted(self.folder.joinpath("records").glob("*.jsonl"))
        seen = [(file.name, file.stat().st_size) for file in files]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]

    def html(self) -> str:
        """The page as it is now."""
        with self.lock:
            now = self.stamp()
            if now != self.made:
                self.text, self.made = self.rendered(), now
            return self.text

    def rendered(self) -> str:
        """Of what is there; why not, where it cannot be made."""
        frames = Store(self.folder).frames()
        if not len(frames.trials):
            return f"{HEAD}<p>No result yet; this page looks for one."
        try:
            return self.report.render(seen_by(self.report, told_of(frames, self.folder)))
        except Missing as lack:
            return f"{HEAD}<p>{escape(str(lack))}"


class Site:
    """A results folder, or a folder of such."""

    def __init__(self, folder: Path, report: Report) -> None:
        self.folder, self.report = folder, report
        self.pages = {"": Page(folder, report)}

    def names(self) -> list[str]:
        """The results folders inside, where it is none itself."""
        if (self.folder / "records").is_dir():
            return []
        return sorted(it.parent.name for it in self.folder.glob("*/records"))

    def answer(self, path: str) -> str | None:
        """What stands at a path, or None."""
        name, _, asked = path.removeprefix("/").rpartition("/")
        names = self.names()
        if name in names:  # and so nothing outside the folder
            self.pages.setdefault(name, Page(self.folder / name, self.report))
        if name not in self.pages:
            return None
        if asked == "" and not name and names:
            links = (f'<li><a href="{quote(each)}/">{escape(each)}</a>' for each in names)
            return f"{HEAD}<ul>{''.join(links)}</ul>"
        page = self.pages[name]
        known = {"": lambda: FRAME, "page": page.html, "stamp": page.stamp}
        return known[asked]() if asked in known else None


class Answer(BaseHTTPRequestHandler):
    """One request."""

    def __init__(self, site: Site, *args: Any) -> None:
        self.site = site
        super().__init__(*args)

    def do_GET(self) -> None:
        """A list of suites, a frame, its page, or what changes with that."""
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost"):  # a foreign site whose name leads here
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        found = self.site.answer(unquote(self.path))
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = found.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: it is asked every two seconds."""


@click.command("serve")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--port", default=8765, show_default=True, help="0: any that is free.")
def command(folder: Path, port: int) -> None:
    """Show the page of a results FOLDER, or of those inside it, and each result as it comes.

    On this machine alone: nobody else can look at it.
    """
    site = Site(folder, Catalogue.installed().make("reports", "html", {}))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(Answer, site))
    except (OSError, OverflowError) as error:
        raise SeqbenchError(f"port {port} cannot be had ({error}); --port 0 takes any") from error
    with server:
        click.echo(f"http://127.0.0.1:{server.server_port}/ shows {folder}; Ctrl-C ends it")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("ended", err=True)
