"""Folders of languages: what is wrong in them is found when they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared_code.language.phrases import Languages, fill, without_empty

EXPECTED = {"hello": frozenset({"name"}), "bye": frozenset[str]()}
GOOD = 'hello = "Hello {name}"\nbye = "Bye"'


def _folder(root: Path, **files: str) -> Path:
    for tag, content in files.items():
        (root / tag).mkdir()
        (root / tag / "phrases.toml").write_text(content, encoding="utf-8")
    return root


def test_a_folder_is_a_language(tmp_path: Path) -> None:
    """Without a line of code."""
    french = 'hello = "Bonjour {name}"\nbye = "Au revoir"'
    languages = Languages(_folder(tmp_path, en=GOOD, fr=french), "phrases.toml", EXPECTED)

    assert languages.best("fr").tag == "fr"
    assert languages.best("de", "fr-CA").say("hello", name="{bye}") == "Bonjour {bye}"
    assert languages.best(None, "de").say("bye") == "Bye"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('hello = "Hello {name}"', "missing or unknown: bye"),
        (GOOD + '\nextra = "x"', "missing or unknown: extra"),
        ('hello = "Hello {name}"\nbye = 5', "bye is not a text"),
        ('hello = "Hello {nam}"\nbye = "Bye"', r"hello must use \['name'\] and uses \['nam'\]"),
        ('hello = "Hello {name}"\nbye = "Bye}"', "bye has a brace that is not closed"),
        ("hello", "not TOML in UTF-8"),
    ],
)
def test_a_mistake_names_its_place(tmp_path: Path, content: str, problem: str) -> None:
    """Language, file and phrase."""
    folder = _folder(tmp_path, en=GOOD, xx=content)
    with pytest.raises(ValueError, match=rf"^xx/phrases\.toml: {problem}$"):
        Languages(folder, "phrases.toml", EXPECTED)


def test_without_english_there_is_nothing_to_fall_back_on(tmp_path: Path) -> None:
    """Refused at once."""
    with pytest.raises(ValueError, match=r"en/phrases\.toml is missing"):
        Languages(_folder(tmp_path, fr=GOOD), "phrases.toml", EXPECTED)


def test_another_encoding_is_no_text(tmp_path: Path) -> None:
    """A file saved in Latin-1 is named."""
    folder = _folder(tmp_path, en=GOOD)
    (folder / "en" / "phrases.toml").write_bytes(GOOD.replace("Bye", "Bye é").encode("latin-1"))
    with pytest.raises(ValueError, match=r"^en/phrases\.toml: not TOML in UTF-8$"):
        Languages(folder, "phrases.toml", EXPECTED)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh", "zh-Hans"),
        ("ZH-cn", "zh-Hans"),
        ("zh-Hans-TW", "zh-Hans"),
        ("zh-Hant", "zh-Hant"),
        ("zh-hant-hk", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("fil-PH", "tl"),
        ("tl", "tl"),
        ("en-GB", "en"),
        ("z", None),
        ("zho", None),
        ("-", None),
        ("", None),
        (None, None),
    ],
)
def test_tags_lead_to_folders(tag: str | None, expected: str | None, tmp_path: Path) -> None:
    """From the whole tag to its first part, in any case, by the names that languages go by."""
    files = dict.fromkeys(("en", "tl", "zh-Hans", "zh-Hant"), GOOD)
    languages = Languages(_folder(tmp_path, **files), "phrases.toml", EXPECTED)

    found = languages.find(tag)
    assert (found.tag if found else None) == expected
    assert [language.tag for language in languages] == ["en", "tl", "zh-Hans", "zh-Hant"]


def test_a_folder_of_ones_own_comes_first(tmp_path: Path) -> None:
    """Before the language that it would be taken for, and a missing one is not missed."""
    languages = Languages(_folder(tmp_path, en=GOOD, fil=GOOD), "phrases.toml", EXPECTED)

    assert languages.best("fil").tag == "fil"
    assert languages.best("zh", "tl", "fil").tag == "fil"


def test_a_line_that_names_nothing_is_left_out() -> None:
    """Together with whatever else it says."""
    template = "{a}\nCall {b}, {a}\nend"
    assert fill(template, {"a": "A", "b": "B"}) == "A\nCall B, A\nend"
    assert fill(template, {"a": "A", "b": ""}) == "A\nend"
    assert without_empty(template, {"a": "A", "b": ""}) == "{a}\nend"
