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

# tag, ISO 639 codes, English names (of four letters or more) and some own ones.
_LANGUAGES = """
af afr afrikaans
am amh amharic
ar ara arabic
az aze azerbaijani
be bel belarusian
bg bul bulgarian
bn ben bengali bangla
bs bos bosnian
ca cat catalan valencian
cs ces cze czech
cy cym wel welsh
da dan danish
de deu ger german deutsch
el ell gre greek
en eng english
es spa spanish castilian espanol
et est estonian
eu eus baq basque
fa fas per persian farsi dari prs
fi fin finnish
fil tl tgl filipino tagalog pilipino
fr fra fre french francais
ga gle irish
gl glg galician
gu guj gujarati
ha hau hausa
he iw heb hebrew
hi hin hindi
hmn hmong
hr hrv croatian
ht hat haitian kreyol
hu hun hungarian
hy hye arm armenian
id ind indonesian
ig ibo igbo
is isl ice icelandic
it ita italian italiano
ja jpn japanese
ka kat geo georgian
kk kaz kazakh
km khm khmer cambodian
kn kan kannada
ko kor korean
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
pa pan punjabi panjabi
pl pol polish
ps pus pashto
pt por portuguese portugues
ro ron rum romanian moldovan moldavian
ru rus russian
rw kin kinyarwanda
si sin sinhala sinhalese
sk slk slo slovak
sl slv slovenian slovene
so som somali
sq sqi alb albanian
sr srp serbian
sv swe swedish
sw swa swahili
ta tam tamil
te tel telugu
th tha thai
ti tir tigrinya
tr tur turkish
uk ukr ukrainian
ur urd urdu
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
_TRADITIONAL_WORDS = _TRADITIONAL | {"traditional", "taiwan", "hong", "macau", "macao"}
_SIMPLIFIED_WORDS = _SIMPLIFIED | {"simplified", "mainland"}
_READ_TRADITIONAL = frozenset({"yue", "cantonese", "taiwanese", "toisanese", "taishanese"})
"""Spoken kinds of Chinese whose speakers mostly read the traditional script (CLDR for `yue`)."""

_CREOLES = frozenset({"creole", "kreyol"})
_HAITIAN = frozenset({"haiti", "haitian", "ayisyen"})
_HAITIAN_CREOLE = _CREOLES | _HAITIAN | {"french", "language", "based", "speaking"}
"""Words that may stand beside each other; `Louisiana Creole` is another language."""

_OTHERS = frozenset({"sign", "signed", "asl", "pidgin", "pennsylvania"})
"""Words of languages that no text is written in, whatever other names stand there."""
_NOT = frozenset(
    {"no", "non", "not", "t", "than", "without", "limited"}
    | {"refused", "refuses", "declined", "declines", "unknown", "unable", "undetermined"}
)
"""A language behind one of these words is not known to be the patient's."""


def language_tag(text: str) -> str | None:
    """
    Return the tag: `SPA`, `es-MX`, `Spanish; Castilian` → `es`; `zh-TW` → `zh-Hant`; None for an
    unknown language. Of several the first counts.
    """
    decomposed = unicodedata.normalize("NFKD", text.strip().lower())
    plain = "".join(each for each in decomposed if not unicodedata.combining(each))
    codes = re.split(" ?[/;,] ?", plain)
    if all(map(_CODE.fullmatch, codes)):
        parts = re.split("[-_]", codes[0])
        return _chinese(frozenset(parts), parts[0]) or _names().get(parts[0])
    return _named(re.findall(r"[^\W\d_]+", plain))


def _named(words: list[str]) -> str | None:
    every = frozenset(words)
    if every & _CREOLES:
        return "ht" if every & _HAITIAN or every <= _HAITIAN_CREOLE else None
    if every & _OTHERS:
        return None
    for word in words:
        if word in _NOT:
            return None
        tag = _chinese(every, word) or (_names().get(word) if len(word) > 3 else None)
        if tag is not None:
            return tag
    return None


def _chinese(words: frozenset[str], name: str) -> str | None:
    """The tag of a name of Chinese among other words or subtags; None for another language."""
    if name not in _READ_TRADITIONAL and _names().get(name) != "zh":
        return None
    traditional, simplified = words & _TRADITIONAL_WORDS, words & _SIMPLIFIED_WORDS
    if bool(traditional) != bool(simplified):
        return "zh-Hant" if traditional else "zh-Hans"
    spoken = words if name in ("chinese", "zh") else {name}
    return "zh-Hant" if _READ_TRADITIONAL & spoken else "zh"


@cache
def _names() -> dict[str, str]:
    rows = (row.split() for row in _LANGUAGES.strip().splitlines())
    return {name: names[0] for names in rows for name in names}
