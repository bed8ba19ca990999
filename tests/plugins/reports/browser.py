"""A real browser, headless: what a page really does when it is opened from disk."""

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Before anything else on the page: keep what goes wrong.
HEAD = """<script>window.wrong = [];
addEventListener("error", (e) => wrong.push(String(e.message)));
addEventListener("unhandledrejection", (e) => wrong.push(String(e.reason)));
addEventListener("securitypolicyviolation", (e) => wrong.push("blocked " + e.blockedURI));
for (const kind of ["error", "warn"]) {
  console[kind] = (...told) => wrong.push(told.join(" "));
}</script>"""


def found() -> str | None:
    """The program, where there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


needed = pytest.mark.skipif(found() is None, reason="no Chromium here: apt-get install chromium")


def opened(page: Path, look: str, width: int = 1440, dark: bool = False) -> dict:
    """Open a page in a frame of a width, draw all charts, and what the JavaScript `look` gives.

    `look` is the body of an async function, called with the frame's window `page`.
    """
    html = page.read_text(encoding="utf-8").replace("<head>", f"<head>{HEAD}", 1)
    harness = page.with_name(f"harness-{width}-{int(dark)}.html")
    harness.write_text(
        f'<!doctype html><meta charset="utf-8"><body><iframe style="width:{width}px;height:900px" '
        f'srcdoc="{escape(html)}"></iframe><pre id="told"></pre><script>'
        "addEventListener('load', async () => {"
        "const page = document.querySelector('iframe').contentWindow;"
        "const told = document.getElementById('told');"
        "try {"
        "for (const it of page.document.querySelectorAll('.chart')) await page.draw(it);"
        f"const look = async (page) => {{ {look} }};"
        "told.textContent = JSON.stringify({seen: await look(page), wrong: page.wrong});"
        "} catch (e) { told.textContent = JSON.stringify({wrong: [String(e.stack)]}); }"
        "});</script>",
        encoding="utf-8",
    )
    words = [found(), "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    words += ["--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=60000"]
    words += [f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
    words += [f"--user-data-dir={page.parent / 'profile'}", "--window-size=1600,1000"]
    told = subprocess.run(
        [*words, harness.as_uri()], capture_output=True, text=True, timeout=180, check=True
    )
    text = re.search(r'<pre id="told">(.*?)</pre>', told.stdout, re.S)
    assert text and text[1], told.stderr[-2000:]
    return json.loads(unescape(text[1]))
