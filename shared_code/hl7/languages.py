"""
The language of PID-15.1 as a BCP 47 tag: the primary one, and for Chinese the script if it is said.

Senders write ISO 639-1, ISO 639-2 (both variants), tags with a region, English names among other
words, or codes of their own. What names no language becomes None, and the connection's language is
used: so does a sign language, and a language that somebody does not speak.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise

# tag, ISO 639 codes, English names (of four letters or more) and some of their own.
_LANGUAGES = """
af afr afrikaans
am amh amharic አማርኛ
ar ara arabic العربية عربي
az aze azerbaijani
be bel belarusian
bg bul bulgarian
bn ben bengali bangla বাংলা
bs bos bosnian
ca cat catalan valencian
cs ces cze czech
cy cym wel welsh
da dan danish
de deu ger german deutsch
el ell gre greek ελληνικά
en eng english
es spa spanish castilian espanol
et est estonian
eu eus baq basque
fa fas per persian farsi dari prs فارسی
fi fin finnish
fil tl tgl filipino tagalog pilipino
fr fra fre french francais
ga gle irish
gl glg galician
gu guj gujarati
ha hau hausa
he iw heb hebrew עברית
hi hin hindi हिन्दी हिंदी
hmn hmong
hr hrv croatian
ht hat haitian kreyol
hu hun hungarian
hy hye arm armenian հայերեն
id ind indonesian
ig ibo igbo
is isl ice icelandic
it ita italian italiano
ja jpn japanese 日本語
ka kat geo georgian
kk kaz kazakh
km khm khmer cambodian
kn kan kannada
ko kor korean 한국어
ku kur kurdish
lo lao laotian laos
lt lit lithuanian
lv lav latvian
mk mkd mac macedonian
ml mal malayalam
mn mon mongolian
mr mar marathi
ms msa may malay
my mya bur burmese
ne nep nepali
nl nld dut dutch flemish
no nor nb nob nn nno norwegian
nv nav navajo
om orm oromo
pa pan punjabi panjabi ਪੰਜਾਬੀ
pl pol polish polski
ps pus pashto
pt por portuguese portugues
ro ron rum romanian moldovan moldavian
ru rus russian русский
rw kin kinyarwanda
si sin sinhala sinhalese
sk slk slo slovak
sl slv slovenian slovene
so som somali soomaali
sq sqi alb albanian
sr srp serbian
sv swe swedish
sw swa swahili
ta tam tamil
te tel telugu
th tha thai ไทย ภาษาไทย
ti tir tigrinya
tr tur turkish
uk ukr ukrainian українська
ur urd urdu اردو
uz uzb uzbek
vi vie vietnamese viet
wo wol wolof
yi yid yiddish
yo yor yoruba
zh zho chi cmn cht chs zht zhs chinese mandarin
zu zul zulu
"""

_CODE = re.compile(r"[a-z]{2,3}(?:[-_](?:[a-z]{2}|[0-9]{3}|hans|hant|latn|cyrl|arab|cht|chs|yue))*")
_TRADITIONAL = frozenset({"hant", "cht", "zht", "tw", "hk", "mo"})
_SIMPLIFIED = frozenset({"hans", "chs", "zhs", "cn", "sg"})
_TRADITIONAL_WORDS = _TRADITIONAL | {"t", "tc", "complex", "taiwan", "hong", "macau", "macao"}
_SIMPLIFIED_WORDS = _SIMPLIFIED | {"s", "sc", "mainland"}
_TRADITIONAL_BEGINS, _SIMPLIFIED_BEGINS = "trad", "simp"
"""How sites abbreviate `Traditional` and `Simplified`, and how short fields cut them off."""

_IN_CHINESE = {
    characters: f" {word} "
    for word, several in {
        "chinese": "中文 汉语 漢語 华语 華語 国语 國語 普通话 普通話 中国語",
        "cantonese": "粤语 粵語 广东话 廣東話 广州话 廣州話",
        "traditional": "繁体 繁體 正体 正體",
        "simplified": "简体 簡體",
        "traditional chinese": "繁中 正中",
        "simplified chinese": "简中 簡中",
        "taiwan": "台湾 台灣 臺灣",
        "hong": "香港",
    }.items()
    for characters in several.split()
}
_SPLIT = re.compile("|".join(["chinese", "mandarin", "cantonese", *_IN_CHINESE]))
"""Names that stand without a space beside what qualifies them."""

_READ_TRADITIONAL = frozenset({"yue", "cantonese", "taiwanese", "toisanese", "taishanese"})
"""Spoken kinds of Chinese whose speakers mostly read the traditional script (CLDR for `yue`)."""

_CREOLES = frozenset({"creole", "kreyol"})
_HAITIAN = frozenset({"haiti", "haitian", "ayisyen"})
_HAITIAN_CREOLE = _CREOLES | _HAITIAN | {"french", "language", "based", "speaking"}
"""Words that may stand beside each other; `Louisiana Creole` is another language."""

_OTHERS = frozenset({"sign", "signed", "asl", "pidgin", "pennsylvania"})
"""Words of languages that no text is written in, whatever other names stand there."""
_NOT = frozenset(
    {"no", "non", "not", "never", "cannot", "than", "without", "limited", "little", "poor"}
    | {"refused", "refuses", "declined", "declines", "unknown", "unable", "undetermined"}
)
"""A language beside one of these words is not known to be the patient's."""
_CONTRACTED = re.compile(r"\b(?:do|does|did|is|are|was|ca|wo|could|would)n['`´‘’ ]?t\b")
_POSSESSIVE = re.compile("['`´‘’]s\\b")
_PASSIVE = frozenset(
    {"spoken", "speaking", "understood", "known", "used", "preferred", "wanted", "fluent"}
)
"""`not` before one of these is about the language that was named last, else about the next one."""
_HELP = (
    frozenset({"interpreter", "interpreters", "interpreting", "interpretation", "interprete"})
    | {"interp", "translator", "translators", "translation", "assistance", "help", "dialect"}
    | {"need", "needs", "needed", "require", "requires", "required"}
)
"""What is refused or not needed here is no language."""


def language_tag(text: str) -> str | None:
    """
    Return the tag: `SPA`, `es-MX`, `Spanish; Castilian` → `es`; `zh-TW` → `zh-Hant`; None for an
    unknown language. Of several the first counts.
    """
    plain = _plain(text.strip())
    codes = re.split(" ?[/;,] ?", plain)
    if all(map(_CODE.fullmatch, codes)):
        parts = re.split("[-_]", codes[0])
        return _chinese(frozenset(parts), parts[0]) or _names().get(parts[0])
    if plain in _names():
        return _names()[plain]
    plain = _POSSESSIVE.sub("", _CONTRACTED.sub("not", plain))
    apart = _SPLIT.sub(lambda found: _IN_CHINESE.get(found[0], f" {found[0]} "), plain)
    return _named(re.findall(r"[^\W\d_]+", apart))


def _plain(text: str) -> str:
    """Small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _named(words: list[str]) -> str | None:
    every = frozenset(words)
    if every & _CREOLES:
        return "ht" if every & _HAITIAN or every <= _HAITIAN_CREOLE else None
    if every & _OTHERS:
        return None
    tags = [_tag_among(every, word) for word in words]
    place = 0
    while place < len(words) and words[place] not in _NOT:
        behind = next((n for n in range(place + 1, len(words)) if tags[n]), len(words))
        said = words[place + 1 : behind]
        if tags[place] and not _takes_back(said, another_follows=behind < len(words)):
            return tags[place]
        place = behind if tags[place] else place + 1
    return None


def _tag_among(every: frozenset[str], word: str) -> str | None:
    return _chinese(every, word) or (_names().get(word) if len(word) > 3 else None)


def _takes_back(said: list[str], *, another_follows: bool) -> bool:
    """Whether the words behind a language say that the patient does not speak it."""
    if not _HELP.isdisjoint(said):
        return False
    for word, following in pairwise([*said, ""]):
        if word in _NOT and (not another_follows or following in _PASSIVE):
            return True
    return False


def _chinese(words: frozenset[str], name: str) -> str | None:
    """The tag of a name of Chinese among other words or subtags; None for another language."""
    if name not in _READ_TRADITIONAL and _names().get(name) != "zh":
        return None
    traditional = _any_of(words, _TRADITIONAL_WORDS, _TRADITIONAL_BEGINS)
    if traditional != _any_of(words, _SIMPLIFIED_WORDS, _SIMPLIFIED_BEGINS):
        return "zh-Hant" if traditional else "zh-Hans"
    spoken = words if name in ("chinese", "zh") else {name}
    return "zh-Hant" if _READ_TRADITIONAL & spoken else "zh"


def _any_of(words: frozenset[str], listed: frozenset[str], beginning: str) -> bool:
    return any(word in listed or word.startswith(beginning) for word in words)


@cache
def _names() -> dict[str, str]:
    rows = (_plain(row).split() for row in _LANGUAGES.strip().splitlines())
    return {name: names[0] for names in rows for name in names}
