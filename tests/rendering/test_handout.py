"""A handout: the right number of pages of the right size, with type that every printer has."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter, QPicture
from PySide6.QtWidgets import QApplication

from stepviz.lessons.formulas import MARK, Piece
from stepviz.rendering.handout import Asked, Page, Shown, Words, write_handout
from stepviz.rendering.web_page import words_of, write_page


def shown(title: str, width: int = 540, height: int = 390) -> Shown:
    picture = QPicture()
    painter = QPainter(picture)
    painter.setPen(QColor("#ff0000"))
    painter.drawLine(0, 0, width, height)
    painter.end()
    picture.setBoundingRect(QRect(0, 0, width, height))
    return Shown(title, picture, Path("unused.svg"))


def scene(pictures: int = 2, claims: int = 2, words: str = "<p>Words.</p>") -> Page:
    claim = ("holds", "The loss falls.", "loss(train) < 0.1", "holds: training loss 0.04 at step 300")
    question = Asked("What will happen?", ["It falls", "It stays"], 0)
    return Page(
        "A scene",
        Words(words),
        [shown(f"Instrument {n}") for n in range(pictures)],
        Words(""),
        question,
        [claim] * claims,
    )


def pages_of(path: Path) -> int:
    return len(re.findall(rb"/Type /Page\b", path.read_bytes()))


def drawn_in(path: Path) -> bytes:
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.DOTALL)
    found = b""
    for stream in streams:
        try:
            found += zlib.decompress(stream)
        except zlib.error:
            continue
    return found


@pytest.mark.parametrize(("paper", "points"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_each_scene_begins_a_page_of_the_paper(
    qapp: QApplication, tmp_path: Path, paper: str, points: tuple[int, int]
) -> None:
    path = tmp_path / "a.pdf"
    write_handout(path, "A lesson", "In a sentence", [scene(), scene(4), scene(1, 0)], paper)
    assert pages_of(path) == 3
    boxes = [box.split() for box in re.findall(rb"/MediaBox \[([^\]]*)\]", path.read_bytes())]
    assert {(round(float(box[2])), round(float(box[3]))) for box in boxes} == {points}


def test_what_does_not_fit_goes_on_on_the_next_page(qapp: QApplication, tmp_path: Path) -> None:
    write_handout(tmp_path / "pictures.pdf", "A lesson", "", [scene(pictures=9)])
    assert pages_of(tmp_path / "pictures.pdf") == 2
    write_handout(tmp_path / "words.pdf", "A lesson", "", [scene(words="<p>Many words. </p>" * 150)])
    assert pages_of(tmp_path / "words.pdf") >= 4
    write_handout(tmp_path / "claims.pdf", "A lesson", "", [scene(claims=60)])
    assert pages_of(tmp_path / "claims.pdf") >= 3


def test_pictures_shrink_a_little_rather_than_push_a_claim_to_another_page(qapp: QApplication, tmp_path: Path) -> None:
    # At full size 4 pictures and 4 claims are a little more than a page of this paper holds.
    write_handout(tmp_path / "a.pdf", "A lesson", "", [scene(pictures=4, claims=4)], "letter")
    assert pages_of(tmp_path / "a.pdf") == 1


def test_pictures_are_lines_and_all_type_is_in_the_file(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    write_handout(path, "A lesson", "", [scene()])
    content = path.read_bytes()
    assert b"/Subtype /Image" not in content
    # A red stroke: the line of the picture.
    assert re.search(rb"\b1 0 0 (RG|SCN)", drawn_in(path))
    names = set(re.findall(rb"/FontName /\w+\+([A-Za-z]+)", content))
    assert names == {b"Inter"}
    assert content.count(b"/FontFile2") >= 1


def test_formulas_are_strokes_too(qapp: QApplication, tmp_path: Path) -> None:
    words = Words(f"<p>It is {MARK}.</p>", [Piece("display", r"\frac{a}{b}")])
    drawn = {}
    for name, text in (("with", words), ("without", Words("<p>It is .</p>"))):
        write_handout(tmp_path / f"{name}.pdf", "A lesson", "", [Page("A scene", text, [])])
        assert b"/Subtype /Image" not in (tmp_path / f"{name}.pdf").read_bytes()
        drawn[name] = drawn_in(tmp_path / f"{name}.pdf")
    # Curves: letters of the text are none, the font in the file has theirs.
    assert len(re.findall(rb" c\b", drawn["with"])) > len(re.findall(rb" c\b", drawn["without"])) + 10
    # Two letters and the bar, each filled once: outlines of their own would make them bold.
    filled = {name: len(re.findall(rb"\bf\*?\n", found)) for name, found in drawn.items()}
    assert filled["with"] == filled["without"] + 3


def test_sentences_have_their_formulas_on_the_page_and_in_the_handout(qapp: QApplication, tmp_path: Path) -> None:
    curves, content = [], ""
    for formula in (r"$\frac{a}{b}$", "ab"):
        sentences = [f"{part} {formula} <b>&</b>" for part in ("ask", "first", "second", "claim")]
        asked, claim = Asked(sentences[0], sentences[1:3], 1), ("holds", sentences[3], "loss > 0", "holds")
        page = Page("A scene", Words("<p>Words.</p>"), [], Words(""), asked, [claim, claim])
        write_handout(tmp_path / "a.pdf", "A lesson", "", [page])
        curves.append(len(re.findall(rb" c\b", drawn_in(tmp_path / "a.pdf"))))
        content = content or write_page(tmp_path, "A lesson", [page]).read_text()
    assert curves[0] > curves[1] + 5 * 10
    assert content.count('aria-label="a/b"') == 5
    for part in ("<h3>ask <svg", "<li>first <svg", "<li><strong>second <svg", "<td>claim <svg"):
        assert part in content
    assert content.count("</svg> &lt;b&gt;&amp;&lt;/b&gt;") == 5


def test_a_picture_of_the_lesson_is_in_the_page_and_in_the_handout(qapp: QApplication, tmp_path: Path) -> None:
    picture = QImage(900, 90, QImage.Format.Format_RGB32)
    picture.fill(0xFFFF0000)
    assert picture.save(str(tmp_path / "red.png"))
    words = words_of("![a bar](red.png) and $x$ and ![none](../x.png)", tmp_path)
    page = Page("A scene", words, [])
    content = write_page(tmp_path, "A lesson", [page]).read_text()
    assert re.search(r'<img src="data:image/png;base64,[^"]{100,}" alt="a bar" width="620"', content)
    assert '<img src="" alt="none"' in content
    write_handout(tmp_path / "a.pdf", "A lesson", "", [page])
    assert b"/Subtype /Image" in (tmp_path / "a.pdf").read_bytes()


def test_a_name_that_is_html_stays_words(qapp: QApplication, tmp_path: Path) -> None:
    page = Page("<img src='file:///etc/passwd'>", Words(""), [], claims=[("fails", "<b>x", "<i>", "</table>")])
    write_handout(tmp_path / "a.pdf", "<script>", "<a href='x'>", [page])
    assert pages_of(tmp_path / "a.pdf") == 1


def test_where_it_cannot_be_written_the_file_is_named(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"a\.pdf: cannot be written"):
        write_handout(tmp_path / "file" / "a.pdf", "A lesson", "", [scene()])
