"""
How people write beside a telephone number that its patient wants texts, or none.

The patterns are for words in small letters without accents, with one blank between them.
"""

from __future__ import annotations

import re

_NOT = (
    r"no|not|non|never|cannot|dont|don t|doesnt|didnt|wont|cant|can t|shouldnt|unable|without|stop|"
    r"nao|pas|keine?|jamais|nunca|sin|sans"
)
_TEXTS = (
    r"te?xt\w*|sms|mms|mess?ag\w*|msgs?|mensa[jg]\w*|electronic\w*|digital|automated|robo\w*|"
    r"reminders?|notifications?|alerts?|communications?"
)
_DECLINED = (
    r"refus\w*|declin\w*|den(?:y|ied|ies)|opt\w*(?<!in)(?! in\b)|block\w*|unsubscri\w*|revok\w*|"
    r"withdr\w*|quit|ceas\w*|discontinu\w*|disabl\w*|unwanted|hates?"
)
REFUSAL = re.compile(
    rf"\bc?(?:{_NOT}|{_DECLINED})(?: \w+){{0,8}} (?:{_TEXTS})\b"
    rf"|\b(?:{_TEXTS})(?: \w+){{0,3}} (?:{_NOT}|{_DECLINED}|n|off|false|prohibited|forbidden)\b"
    rf"|\bc?(?:no|donot|dont)(?:{_TEXTS})\b"
    r"|\bc?(?:do not|dont|don t|donot|no|never) (?:ever )?contact\b"
    r"|\bopt(?:s|ed|ing)? ?out\b|\bunsubscribed?\b|\bc?dn[td]\b|\bstop$"
    r"|^(?:refused|refuses|declined|declines|revoked|withdrawn)$"
)

_TEXT = r"(?:te?xt(?:s|ing)?|sms|mms)(?: (?:mess?ages?|messaging|msgs?))?"
CONSENT = re.compile(
    rf"\b(?:(?:ok|okay|yes|prefers?|wants?|likes?|accepts?|allows?|may|can|please|agrees?|agreed|"
    rf"opt(?:s|ed)? ?in|consent(?:s|ed)?)(?: to)?(?: be)?(?: receive| get| send| accept)? {_TEXT}"
    rf"|{_TEXT} (?:is |are )?(?:ok|okay|yes|y|1|true|t|on|allowed|enabled|accepted|approved|"
    r"preferred|only|fine|opt(?:ed)? ?in)"
    r"|opt(?:s|ed)? ?in"
    r"|(?:tcpa|consent)(?: consent)?(?: is)? "
    r"(?:yes|y|ok|given|granted|signed|on file|obtained|true)"
    r"|(?:cell|mobile|mob|cell ?phone) only)\b"
)
"""A plain yes; what else the remark says is judged without it."""
PLAIN_CONSENT = re.compile(
    rf"{CONSENT.pattern}"
    rf"|\b(?:(?:call|calls|phone) or {_TEXT}|{_TEXT} (?:or calls?|first|me|anytime)"
    rf"|(?:best|first) by {_TEXT}|te?xt (?:mess?ages?|messaging|msgs?)|textable)\b"
)
"""Also what is a yes only if nothing else is said."""
CONSENT_DENIED = re.compile(rf"\b(?:{_NOT}|{_DECLINED}|n|f|off|false|0|expired|pending|unless)\b")
"""What takes a yes back, wherever it stands beside it."""
NO_CALLS = re.compile(
    r"\b(?:no|do not|dont|don t|never) (?:phone |voice |telephone )?"
    r"(?:calls?|calling|phoning|voicemails?)\b(?! \|)(?! (?:or|and|nor)\b)"
)
MESSAGES = re.compile(r"\b(?:mess?ages?|messaging|msgs?)\b")
VOICEMAIL = re.compile(
    r"\b(?:leave|left|lv|lvm|voice|voicemail|vm|machine|answering|detailed|brief)\b"
)
"""A message for an answering machine is no text."""
