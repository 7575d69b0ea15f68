"""What makes an organization's own words unfit for a text."""

from __future__ import annotations

import pytest

from shared_code.language.template_names import TemplateName
from shared_code.texting.domain.template import check_template

LINKED = (TemplateName.SCHEDULED, TemplateName.CHANGED, TemplateName.REMINDER)
WHOLE = "{organization} {when} {link}"
WITHOUT_LINK = "{organization} {when}"
WORD = "Zauberwort"


@pytest.mark.parametrize("name", TemplateName)
@pytest.mark.parametrize(
    "more", ["", "\n{contact}", " {{}}", " {when} ñ 视频", "\u3000에서", "\u2066x\u2069"]
)
def test_fit(name: TemplateName, more: str) -> None:
    """What a text must say, and whatever else."""
    template = (WHOLE if name in LINKED else WITHOUT_LINK) + more
    if "\u2066" in more:
        template = template.replace(more, " " + more)
    assert check_template(name, template) == []


@pytest.mark.parametrize("name", LINKED)
@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (f"{WORD} {{when}} {{link}}", "{organization} is missing"),
        (f"{WORD} {{organization}} {{link}}", "{when} is missing"),
        (f"{WORD} {{organization}} {{when}}", "{link} is missing"),
        (f"{WHOLE} {{{WORD}}}", "only {organization}, {when}, {link} and {contact}"),
        (f"{WHOLE} {{}} {WORD}", "only {organization}, {when}, {link} and {contact}"),
        (f"{WHOLE} {{contact!r}} {WORD}", "only {organization}, {when}, {link} and {contact}"),
        (f"{WHOLE} {{contact:9}} {WORD}", "only {organization}, {when}, {link} and {contact}"),
        (f"{WHOLE} {{contact.{WORD}}}", "only {organization}, {when}, {link} and {contact}"),
        (f"{WHOLE} {{{WORD}", "a brace is not closed or not opened"),
        (f"{WHOLE} {WORD}}}", "a brace is not closed or not opened"),
        (f"{WHOLE} {WORD}\t", "it has control characters"),
        (f"{WHOLE} {WORD}\r\n", "it has control characters"),
        (f"{WHOLE} {WORD}\u2028", "it has control characters"),
        (f"{WHOLE} {WORD}\ud800", "it has control characters"),
        (f"{WHOLE} {WORD * 100}", "it has more than 1,000 characters"),
        (f"{{organization}} {{when}} {{link}}{WORD}", "{link} must stand apart"),
        ("{organization} {when} {link}请点击", "{link} must stand apart"),
        ("{organization} {when}{link}", "{link} must stand apart"),
        *(
            (f"{{organization}} {{when}} {glued}", "{link} must stand apart")
            for glued in (
                *(
                    "({link})에서",
                    "{link}。",
                    "（{link}）",
                    "「{link}」",
                    "{link}।",
                    "{link}؟",
                    "{link}.",
                ),
                *("<{link}>", "'{link}'", "{link},", "{link}…", "{link}\u200f", "https:{link}"),
            )
        ),
    ],
)
def test_unfit(name: TemplateName, template: str, problem: str) -> None:
    """One sentence for one mistake, and nothing of the template in it."""
    (sentence,) = check_template(name, template)
    assert sentence.startswith(problem)
    assert WORD not in sentence


@pytest.mark.parametrize("name", [TemplateName.CANCELLED, TemplateName.NO_LONGER_VIRTUAL])
def test_there_is_nothing_to_join(name: TemplateName) -> None:
    """No link in a text that says that there is no video visit."""
    (sentence,) = check_template(name, WHOLE)
    assert sentence.startswith("{link} must not be used")


def test_every_mistake_is_named() -> None:
    """In one go."""
    assert len(check_template(TemplateName.SCHEDULED, "\t{patient}")) == 5
    assert len(check_template(TemplateName.SCHEDULED, "")) == 3
    assert len(check_template(TemplateName.SCHEDULED, "\t{" + 1000 * "x")) == 3
