"""The phrases of the pages of one side, patients' or clinicians'."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from shared_code.language.phrases import Language, Languages
from shared_code.web.languages import LanguageList, language_list


class Words:
    """Phrases in a folder that has one folder for each language; read when first needed."""

    def __init__(self, folder: Path, file: str) -> None:
        self._folder = folder
        self._file = file

    def spoken(self, *wanted: str | None) -> Language:
        """Return the phrases of the first of the languages that there is, or English."""
        return self._languages.best(*wanted)

    def language_for(self, *wanted: str | None) -> str:
        """Return the first of the languages in which these pages exist, or English."""
        return self.spoken(*wanted).tag

    def chosen(self, tag: str) -> str:
        """Return the language that somebody chose on a page of these, or "" if it is none."""
        found = self._languages.find(tag)
        return found.tag if found else ""

    def list_for(self, here: str, language: Language) -> LanguageList | None:
        """Return the list of the languages for the page at `here`; None without an address."""
        return language_list(here, language, self._languages)

    @cached_property
    def _languages(self) -> Languages:
        return Languages.alike(self._folder, self._file)
