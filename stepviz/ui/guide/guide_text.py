"""The text of a page of the guide, with its pictures."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtGui import QResizeEvent, QTextOption
from PySide6.QtWidgets import QTextBrowser

from stepviz.guide.html import in_html
from stepviz.guide.pages import Page
from stepviz.shipped import resource
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.text.formula_text import FormulaBrowser

# Longer lines are hard to read.
WIDEST = 760
MARGIN = 14


class GuideText(FormulaBrowser):
    """Shows one page; ``anchorClicked`` carries the links as they stand in the file."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._page: Page | None = None
        self.setFont(font(11))
        self.setAccessibleName("Page of the guide")
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.document().setDocumentMargin(MARGIN)
        theme.changed.connect(self.retheme)

    def show_page(self, page: Page, anchor: str = "") -> None:
        """Show a page from its beginning, or from one of its headings on."""
        self._page = page
        self._again = partial(self._render_again)
        self._render()
        if anchor:
            self.scrollToAnchor(anchor)

    def retheme(self) -> None:
        """Take the colours of the theme."""
        self._render_again()

    def picture_file(self, name: str) -> Path | None:
        """Return the shipped picture that a page names."""
        pictures = resource("pictures")
        path = (pictures / Path(name).name).resolve()
        return path if name.startswith("../pictures/") and path.parent == pictures.resolve() and path.exists() else None

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Break lines at the new width, and keep the place in the page."""
        bar = self.verticalScrollBar()
        share = bar.value() / max(1, bar.maximum())
        self.setLineWrapColumnOrWidth(max(200, min(scaled(WIDEST), event.size().width())))
        super().resizeEvent(event)
        bar.setValue(round(share * bar.maximum()))

    def _render_again(self) -> None:
        """Render the page, and keep the place in it."""
        bar = self.verticalScrollBar()
        share = bar.value() / max(1, bar.maximum())
        self._render()
        bar.setValue(round(share * bar.maximum()))

    def _render(self) -> None:
        if self._page is None:
            return
        colours = self._theme.colours
        self.document().setDefaultStyleSheet(
            f"code, pre {{ background-color: {colours.raised}; }}"
            "pre { white-space: pre-wrap; }"
            f"th {{ background-color: {colours.raised}; text-align: left; }}"
            "table { margin-top: 8px; margin-bottom: 8px; }"
            f"table {{ border-color: {colours.border}; border-style: solid; border-collapse: collapse; }}"
            f"a {{ color: {colours.accent}; text-decoration: none; }}"
        )
        self.setHtml(in_html(self._page))
