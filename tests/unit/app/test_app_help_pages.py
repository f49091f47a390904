"""The help's pages as data: sections and their names, languages, the search."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.help_pages import FIRST, Library, parsed

PAGE = """# Errors

Before anything.

## Serial ports

<a id="port-in-use"></a>
### The port is *in use*

Another `program` holds it. See [the other](errors.md#port-gone).

```
# no heading
```

<a id="port-gone"></a>
### Gone

### Gone
"""


def library(**pages: str) -> Library:
    return Library({name: parsed(name, text) for name, text in pages.items()}, {})


def test_a_page_is_its_sections() -> None:
    page = parsed("errors", PAGE)
    assert page.title == "Errors"
    assert [section.title for section in page.sections] == [
        "Errors",
        "Serial ports",
        "The port is in use",
        "Gone",
        "Gone",
    ]
    assert [section.level for section in page.sections] == [1, 2, 3, 3, 3]
    assert page.sections[2].place == "errors#port-in-use"
    assert "Another program holds it. See the other." in page.sections[2].text
    assert "no heading" in page.sections[2].text
    assert "<a id" not in page.markdown


def test_sections_are_found_by_their_own_names_and_by_those_the_web_gives_them() -> None:
    page = parsed("errors", PAGE)
    assert page.section("port-in-use") == page.section("the-port-is-in-use") == 2
    assert page.section("gone") == 3
    assert page.section("gone-1") == 4
    assert page.section("nothing") is None


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("errors", ("errors", "")),
        ("errors#port-gone", ("errors", "port-gone")),
        ("#port-gone", ("errors", "port-gone")),
        ("errors#never", ("errors", "")),
        ("#never", (FIRST, "")),
        ("never#port-gone", (FIRST, "")),
        ("", (FIRST, "")),
    ],
)
def test_a_place_leads_somewhere_whatever_it_says(place: str, found: tuple[str, str]) -> None:
    assert library(README="# Help\n", errors=PAGE).found(place) == found


def test_the_search_wants_every_word_and_puts_titles_first() -> None:
    pages = library(README="# Help\n\nA port that is gone, in use.\n", errors=PAGE)
    assert [section.place for section in pages.search("GONE")][:2] == [
        "errors#port-gone",
        "errors#gone-1",
    ]
    assert [section.page for section in pages.search("gone port")] == ["errors", "README"]
    assert pages.search("port-in-use")[0].place == "errors#port-in-use"
    assert pages.search("port never-there") == []
    assert pages.search("") == pages.search(" a ") == []


def test_a_language_takes_the_place_of_what_it_has(tmp_path: Path) -> None:
    for name, text in {
        "README.md": "# Help\n",
        "errors.md": "# Errors\n",
        "zeta.md": "# Zeta\n",
        "de/README.md": "# Hilfe\n",
        "pictures/a.png": "picture",
        "de/pictures/a.png": "Bild",
        "de/pictures/b.png": "Bild",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    german = Library.read(tmp_path, "de")
    assert [page.title for page in german.pages.values()] == ["Hilfe", "Errors", "Zeta"]
    assert german.pictures == {"pictures/a.png": b"Bild", "pictures/b.png": b"Bild"}
    english = Library.read(tmp_path)
    assert [page.title for page in english.pages.values()] == ["Help", "Errors", "Zeta"]
    assert english.pictures == {"pictures/a.png": b"picture"}
    assert Library.read(tmp_path, "fr").pages == english.pages


def test_without_any_page_there_is_nothing_to_find(tmp_path: Path) -> None:
    empty = Library.read(tmp_path / "nowhere")
    assert empty.pages == {}
    assert empty.found("errors#port-gone") == (FIRST, "")
