"""How the page starts: nothing leaves this machine, and no proxy stands between the page and itself.

Imported before Gradio and the Hub's client, which read their switches once, when they are imported.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SWITCHES = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1"}
"""Gradio asks its makers for the newest version, and tells them and the Hub what was started."""

for _name, _value in SWITCHES.items():
    os.environ.setdefault(_name, _value)


@contextmanager
def direct() -> Iterator[None]:
    """Meanwhile no proxy is used, whatever the environment says; for all threads.

    Gradio makes HTTP clients when it is imported and asks itself when it starts. A proxy cannot reach this
    machine's own page, and httpx refuses to make a client where a variable holds an address of a scheme it
    does not know (`socks://`) or has no package for (`socks5://`).
    """
    before = {name: os.environ.get(name) for name in ("NO_PROXY", "no_proxy")}
    os.environ.update(dict.fromkeys(before, "*"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


with direct():
    import fg_demo.models.device  # noqa: F401 - first: it readies ZeroGPU before torch touches CUDA

    # isort: split
    import gradio as gr

    from fg_demo.box_drawer.component import MAX_MEGABYTES
    from fg_demo.page.api.tools import answer_in_json, mcp_is_installed
    from fg_demo.page.samples import SAMPLES_FOLDER
    from fg_demo.page.shell import HEAD, THEME


def launch(page: gr.Blocks, css: str, **settings: Any) -> None:
    """Start to serve the page, in threads; `settings` are more of those of Gradio's `launch`.

    Other threads may ask the network only after this: what they make meanwhile would know no proxy.
    """
    with direct():
        page.launch(
            prevent_thread_lock=True,
            theme=THEME,
            css=css,
            head=HEAD,
            allowed_paths=[str(SAMPLES_FOLDER)],
            max_file_size=MAX_MEGABYTES * 1_000_000,
            show_error=False,  # what we say is shown all the same; what Python says may name folders of this machine
            enable_monitoring=False,  # else anybody may read who asks for what, at /monitoring
            run_history=False,
            footer_links=["api", "settings"],
            mcp_server=mcp_is_installed(),
            **settings,
        )
        answer_in_json(page)
