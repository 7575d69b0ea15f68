"""
An organization's own words for a text: what makes a template unfit, said without repeating it.

Nothing is filled or sent here. What passes can always be filled, and carries what a text must.
"""

from __future__ import annotations

import re
import unicodedata

from shared_code.language.template_names import TemplateName
from shared_code.language.variables import variables

LINKED = frozenset({TemplateName.SCHEDULED, TemplateName.CHANGED, TemplateName.REMINDER})
"""What has a link. There is nothing to join in the others."""
VARIABLES = frozenset({"organization", "when", "link", "contact"})
LONGEST = 1000

_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})
_GLUED_LINK = re.compile(r"\S\{link\}|\{link\}\S")
"""Phones include letters and marks of any script that touch a link in it."""


def needed(name: TemplateName) -> frozenset[str]:
    """The variables without which a text is none."""
    return frozenset({"organization", "when"} | ({"link"} if name in LINKED else set()))


def check_template(name: TemplateName, template: str) -> list[str]:
    """What is wrong with a template, in sentences for whoever wrote it; empty when it is fit."""
    problems = _problems_of_form(template)
    try:
        used = variables(template)
    except ValueError:
        return [*problems, "a brace is not closed or not opened"]
    if not used <= VARIABLES:
        problems.append("only {organization}, {when}, {link} and {contact} may stand in braces")
    problems += [f"{{{each}}} is missing" for each in sorted(needed(name) - used)]
    if "link" in used and name not in LINKED:
        problems.append("{link} must not be used: there is nothing to join")
    if _GLUED_LINK.search(template):
        problems.append("{link} must stand apart, between spaces or on its own line")
    return problems


def _problems_of_form(template: str) -> list[str]:
    problems = []
    if len(template) > LONGEST:
        problems.append(f"it has more than {LONGEST:,} characters")
    if any(unicodedata.category(each) in _CONTROL and each != "\n" for each in template):
        problems.append("it has control characters")
    return problems
