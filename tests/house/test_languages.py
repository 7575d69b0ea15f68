"""A folder of words speaks the language that it is named after."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.house.repository import ROOT, name_of

FILES = sorted(
    file
    for file in (ROOT / "shared_code").glob("**/languages/*/*.toml")
    if file.name != "names.toml"
)
MARKERS: Mapping[str, str] = {
    "ar": r"\b(?:في|من|على|زيارة|هذا|إلى|أو)\b",
    "en": r"\b(?:the|your|you|is|this|visit)\b",
    "es": r"\b(?:su|usted|la|el|con|videoconsulta|para|cita)\b",
    "fr": r"\b(?:votre|vous|le|la|pour|rendez-vous|est|avec)\b",
    "ht": r"\b(?:ou|vizit|pou|nan|ki|yon|ak|videyo)\b",
    "ko": r"[가-힣]",
    "pt": r"\b(?:você|sua|consulta|por|não|para|com|o)\b",
    "ru": r"[а-яё]",
    "tl": r"\b(?:ang|ng|inyong|sa|na|kayo|ito|mga)\b",
    "vi": r"\b(?:quý|vị|khám|của|này|không|cuộc|buổi)\b",
    "zh-Hans": r"[视频请预约访问时这]",
    "zh-Hant": r"[視訊請預約訪問時這]",
}


def _words(file: Path) -> str:
    return " ".join(tomllib.loads(file.read_text(encoding="utf-8")).values()).lower()


def spoken(words: str) -> str:
    """Return the language whose marker words are most frequent."""
    return max(MARKERS, key=lambda language: len(re.findall(MARKERS[language], words)))


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_folder_speaks_its_language(file: Path) -> None:
    """A page that was copied into another language's folder is seen."""
    assert spoken(_words(file)) == file.parent.name


def test_every_language_has_markers() -> None:
    """A new language gets its own."""
    assert {file.parent.name for file in FILES} == MARKERS.keys()


def test_a_french_page_in_a_spanish_folder_would_be_seen() -> None:
    """The markers tell related languages apart."""
    (french,) = (file for file in FILES if file.parts[-2:] == ("fr", "texts.toml"))
    assert spoken(_words(french)) == "fr"
