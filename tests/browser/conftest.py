"""A real browser, headless, for the pages that the package writes."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def unavailable(reason):
    """Skip, but fail where everything has to be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI is set")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    """Return Chromium."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError:
        unavailable("Playwright is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        unavailable("there is no Chromium on the PATH")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser, tmp_path):
    """Return a function that opens a file; what the page complains of fails the test.

    ``KMCODEC_SCREENSHOTS`` names a folder where pictures of the pages are kept, to be looked at.
    """
    complaints = []
    contexts = []

    @contextmanager
    def opening(path, width=1280, height=860, **options):
        context = browser.new_context(
            viewport={"width": width, "height": height}, accept_downloads=True, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url))
        page.goto(Path(path).as_uri())
        page.wait_for_selector("body[data-ready]")
        complaints.remove(Path(path).as_uri())
        yield page
        folder = os.environ.get("KMCODEC_SCREENSHOTS")
        if folder:
            name = f"{Path(path).stem}-{tmp_path.name}-{width}.png"
            page.screenshot(path=Path(folder) / name, full_page=True)
        allowed = [text for text in complaints if not text.startswith(("blob:", "data:"))]
        assert allowed == []

    yield opening
    for context in contexts:
        context.close()
