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


def launch(page: gr.Blocks, **settings: Any) -> None:
    """Start to serve the page, in threads; `settings` are those of Gradio's `launch`.

    Other threads may ask the network only after this: what they make meanwhile would know no proxy.
    """
    with direct():
        page.launch(prevent_thread_lock=True, **settings)
