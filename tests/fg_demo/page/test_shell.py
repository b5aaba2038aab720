"""The tab in the address: one that is there is opened, one that is not is said, with what could have been meant."""

from collections.abc import Callable
from typing import Any

import gradio as gr
import pytest

from fg_demo.page.shell import CSS, HEAD, link_tabs


@pytest.fixture
def opened() -> Callable[[str], tuple[Any, Any]]:
    """What the page does with the query of its address: the tabs, and what is said."""
    with gr.Blocks() as page:
        said = gr.HTML()
        with gr.Tabs() as tabs:
            each = [gr.Tab(name.title(), id=name) for name in ("compare", "about")]
        link_tabs(page, tabs, said, each)
    (load,) = [event.fn for event in page.fns.values() if event.fn and "load" in str(event.targets)]
    return load


def test_the_tab_that_the_address_names_is_opened(opened: Callable[[str], tuple[Any, Any]]):
    tabs, said = opened("?tab=about&q=a+mug")
    assert isinstance(tabs, gr.Tabs) and tabs.selected == "about" and said == gr.skip()


@pytest.mark.parametrize("address", ["", "?q=a+mug", "?tab="])
def test_an_address_without_a_tab_changes_nothing(opened: Callable[[str], tuple[Any, Any]], address: str):
    assert opened(address) == (gr.skip(), gr.skip())


def test_a_tab_that_is_not_there_is_said(opened: Callable[[str], tuple[Any, Any]]):
    tabs, said = opened("?tab=<b>" + "x" * 500)
    assert tabs == gr.skip()
    assert "tab: expected one of compare, about, got &#39;&lt;b&gt;xxx" in said and len(said) < 400


def test_the_page_brings_its_script_and_style():
    assert "window.compareTab" in HEAD and "window.tabs" in HEAD and "</script>" in HEAD
    assert ".vega-embed" in CSS
