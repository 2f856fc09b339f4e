"""The guide: every link leads somewhere, every instrument has its section, and the search finds words."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepviz.guide.html import in_html
from stepviz.guide.links import Target, resolve, section_of
from stepviz.guide.pages import CONTENTS, GLOSSARY, anchor_of, links_of, load_guide
from stepviz.guide.search import find
from stepviz.instruments import INSTRUMENTS
from stepviz.lessons.library import shipped_lessons
from stepviz.probes.stuck_units import STATES
from stepviz.shipped import resource

PAGES = load_guide()


@pytest.mark.parametrize("path", PAGES)
def test_every_link_and_picture_of_a_page_is_shipped(path: str) -> None:
    links = links_of(PAGES[path].markdown)
    for link in links:
        # Other kinds would not work on a repository's page.
        assert ":" not in link, link
        if link.endswith(".png"):
            assert resource("pictures", link.removeprefix("../pictures/")).is_file()
        elif link.endswith(".py"):
            assert resource("guide", link).is_file()
        elif path.startswith("guide/"):
            assert resolve(link, path) is not None, f"{path}: {link}"


def test_no_page_is_left_out_of_the_contents() -> None:
    files = {f"guide/{path.name}" for path in resource("guide").glob("*.md")}
    assert files == {path for path in PAGES if path.startswith("guide/")}


def test_headings_of_a_page_have_names_of_their_own() -> None:
    for page in PAGES.values():
        anchors = [section.anchor for section in page.sections]
        assert sorted(anchors) == sorted(set(anchors)), page.path
        assert "" not in anchors


@pytest.mark.parametrize("key", INSTRUMENTS)
def test_every_instrument_has_a_section_with_its_picture_and_a_way_to_it(key: str) -> None:
    target = section_of(key)
    page = PAGES[target.name]
    (section,) = (section for section in page.sections if section.anchor == target.anchor)
    assert len(section.text.split()) > 25
    assert f"../pictures/{key}.png" in links_of(page.markdown)
    html = in_html(page)
    assert f'<a name="{target.anchor}"></a>' in html
    assert f'<a href="instrument:{key}">' in html


def test_words_of_the_screen_are_in_the_glossary() -> None:
    entries = {section.title.lower() for section in PAGES[GLOSSARY].sections}
    words = {
        *STATES, "stuck", "born dead", "died", "revived", "dead unit", "error signal", "backward rule", "flat share",
        "update ratio", "step", "epoch", "run", "lane", "seed", "twin", "exact zero", "pre-activation", "loss", "rms",
        "curvature", "saturated", "overfitting", "vanishing gradient", "exploding gradient", "diverged", "claim",
        "chain of factors", "noise floor", "penalty", "straight-through", "surrogate", "gradient flow", "directions",
    }  # fmt: skip
    assert words <= entries


def test_the_glossary_is_in_order() -> None:
    titles = [section.title.lower() for section in PAGES[GLOSSARY].sections[1:]]
    assert titles == sorted(titles)


@pytest.mark.parametrize("folder", shipped_lessons(), ids=lambda folder: folder.name)
def test_every_lesson_is_linked_to(folder: Path) -> None:
    targets = {resolve(link, path) for path, page in PAGES.items() for link in links_of(page.markdown)}
    assert Target("lesson", folder.name) in targets


@pytest.mark.parametrize(
    ("link", "base", "target"),
    [
        ("instrument:loss_surface", CONTENTS, Target("instrument", "loss_surface")),
        ("lesson:05-dying-relu", CONTENTS, Target("lesson", "05-dying-relu")),
        ("../lessons/05-dying-relu/lesson.md", CONTENTS, Target("lesson", "05-dying-relu")),
        ("../lessons/README.md#quantities", CONTENTS, Target("page", "lessons/README.md", "quantities")),
        ("#flat", GLOSSARY, Target("page", GLOSSARY, "flat")),
        ("../../guide/glossary.md#stuck", "lessons/05-dying-relu/lesson.md", Target("page", GLOSSARY, "stuck")),
        ("instrument:loss_surfce", CONTENTS, None),
        ("lesson:../../etc", CONTENTS, None),
        ("glossary.md#nonsense", CONTENTS, None),
        ("../../README.md", CONTENTS, None),
        ("https://example.org/", CONTENTS, None),
        ("file:///etc/passwd", CONTENTS, None),
        ("", CONTENTS, Target("page", CONTENTS)),
    ],
)
def test_where_links_lead(link: str, base: str, target: Target | None) -> None:
    assert resolve(link, base) == target


def test_a_word_finds_its_entry_first() -> None:
    for word in ("starved", "Flat", "error signal", "UPDATE RATIO", "born dead"):
        hits = find(PAGES.values(), word)
        assert hits[0].section.anchor == anchor_of(word)
        assert hits[0].page.path == GLOSSARY


def test_a_search_wants_every_word_from_its_beginning_on() -> None:
    hits = find(PAGES.values(), "satur deriv")
    assert hits
    for hit in hits:
        whole = f"{hit.section.title} {hit.section.text}".lower()
        assert "satur" in whole
        assert "deriv" in whole
    assert not find(PAGES.values(), "erivative")
    assert not find(PAGES.values(), "xyzzy")
    assert not find(PAGES.values(), "  ")
    # Signs mean themselves.
    assert find(PAGES.values(), "[") == find(PAGES.values(), "[")
    assert not find(PAGES.values(), "(((")


def test_an_excerpt_shows_what_was_found_in_whole_words() -> None:
    for hit in find(PAGES.values(), "Windows-1252"):
        assert "Windows-1252" in hit.excerpt
        words = hit.excerpt.strip("…").split()
        assert set(words) <= set(hit.section.text.split())


def test_html_in_a_page_stays_text() -> None:
    from stepviz.guide.pages import Page

    page = Page("guide/x.md", "x", "# x\n\n<script>alert(1)</script>", ())
    assert "<script" not in in_html(page)
