"""
The language of PID-15.1 as a BCP 47 primary tag.

Senders write ISO 639-1, ISO 639-2 (both variants), English names or codes of their own. An unknown
one becomes None, and the connection's language is used.
"""

from __future__ import annotations

import re
from functools import cache

# tag, ISO 639-2 codes, English names. Chinese stays `zh`: these codes do not name the script.
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
de deu ger german
el ell gre greek
en eng english
es spa spanish castilian
et est estonian
eu eus baq basque
fa fas per persian farsi dari prs
fi fin finnish
fil tl tgl filipino tagalog pilipino
fr fra fre french
ga gle irish
gl glg galician
gu guj gujarati
ha hau hausa
he iw heb hebrew
hi hin hindi
hmn hmong
hr hrv croatian
ht hat haitian creole
hu hun hungarian
hy hye arm armenian
id ind indonesian
ig ibo igbo
is isl ice icelandic
it ita italian
ja jpn japanese
ka kat geo georgian
kk kaz kazakh
km khm khmer cambodian
kn kan kannada
ko kor korean
ku kur kurdish
lo lao laotian
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
pt por portuguese
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
vi vie vietnamese
wo wol wolof
yi yid yiddish
yo yor yoruba
zh zho chi cmn yue chinese mandarin cantonese
zu zul zulu
"""


def primary_tag(text: str) -> str | None:
    """Return the tag: `SPA`, `es-MX`, `Spanish; Castilian` → `es`; None for an unknown language."""
    words = re.split(r"[^a-z]+", text.strip().lower(), maxsplit=1)
    return _tags().get(words[0])


@cache
def _tags() -> dict[str, str]:
    rows = (row.split() for row in _LANGUAGES.strip().splitlines())
    return {name: names[0] for names in rows for name in names}
