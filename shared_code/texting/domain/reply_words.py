"""
The words with which people say in their languages that they want no more texts.

As people write them to a phone: NFKC, small letters, no punctuation; apostrophes are gone.
"""

from __future__ import annotations

import re

STOP_FIRST = frozenset(
    """
    stop stopall stoppez stoppe stopper
    arret arrêt arrete arrête arretez arrêtez arreter arrêter
    alto detener detenga detengan deténganse deténgase detengase detenganse detente basta
    parar pare paren
    parem chega
    rete kanpe sispann
    стоп хватит прекратите прекратить остановите остановить
    itigil tigil ihinto hinto tumigil
    dừng ngừng ngưng
    توقف توقفوا أوقف اوقف أوقفوا اوقفوا إيقاف ايقاف قف ستوب كفى
    """.split()  # noqa: SIM905 - a list of words is easier to read like this
)
"""As the first word they stop, whatever follows. The carriers know STOP, ARRET and ALTO."""

STOP_BEGINS = (
    *("停止", "终止", "終止", "退订", "退訂", "取消订阅", "取消訂閱", "拒收"),
    *("수신거부", "수신 거부", "중지", "정지", "그만", "스톱", "스탑", "멈춰"),
)
"""The same in languages that do not part words, or add endings to them."""

STOP_ALONE = frozenset(
    {
        *("cancel", "end", "quit", "revoke", "unsubscribe", "opt out", "optout", "halt"),
        *(
            "cancelar",
            "cancela",
            "cancele",
            "cancelen",
            "anular",
            "fin",
            "terminar",
            "baja",
            "salir",
            "para",
        ),
        *("dar de baja", "darse de baja", "darme de baja", "ya no", "no mas", "no más"),
        *("annuler", "annulez", "desabonner", "désabonner", "se desabonner", "se désabonner"),
        *("sair", "cancelem", "encerrar", "descadastrar"),
        *("fini", "anile"),
        *("отмена", "отменить", "отписаться", "отписка", "отпишите", "выход"),
        *("kanselahin", "ikansela", "tama na"),
        *("hủy", "huỷ", "hủy đăng ký", "huỷ đăng ký"),
        *("취소", "해지", "종료"),
        *("停", "取消", "结束", "結束", "拒绝", "拒絕"),
        *("إلغاء", "الغاء", "إنهاء", "انهاء"),
    }
)
"""
They stop where they are all that is written: carriers take them so (47 CFR 64.1200(a)(10)). In a
sentence they may be about the visit.
"""

IN_A_SENTENCE = frozenset(
    """
    stop stopall cancel end quit revoke unsubscribe optout unsub unsuscribe unsubcribe remove
    arretez arrêtez arreter arrêter annuler annulez
    detener detenga detengan parar cancelar cancele cancelen cancela anular
    bloquear bloqueen bloquee bloquer bloquez
    sispann anile
    стоп хватит прекратите прекратить остановите остановить отмена отменить отменю
    itigil ihinto kanselahin ikansela
    dừng ngừng ngưng hủy huỷ
    توقف توقفوا أوقف اوقف أوقفوا اوقفوا إيقاف ايقاف ستوب إلغاء الغاء
    """.split()  # noqa: SIM905 - a list of words is easier to read like this
)
"""Words that make a person look at a sentence."""

_TO_TEXT = r"(text|txt|message|msg|contact|send|sms|spam|bother|remind)"
_TEXTS = r"(te?xts?|texting|messages?|msgs?|sms|reminders?|notifications?)\b"
PHRASES = re.compile(
    "|".join(
        (
            r"\bopt(ed|ing)?( me)? out\b",
            r"\b(dont|do not|never|no more|quit|cease) (ever |keep )?" + _TO_TEXT,
            r"\b(dont|do not|no longer) (want|need|wish)\b.*\b" + _TEXTS,
            r"\bno (more )?(te?xts?|messages|msgs?|sms|reminders|notifications)\b",
            r"^no more$|^enough$|\bnot interested\b|\bleave me alone\b|^go away\b|\bno consent\b",
            r"\b(take|get) (me|my number|this number) (off|out)\b|\boff (the|your|this) list\b",
            r"\b(delete|erase|block|lose) (me|my|this) ?(number|phone)?\b",
            r"\bblock(ing)? (you|u|this)\b|\breport(ing|ed)? (you|u|this|as|spam)\b|\bunsubscri",
            r"\bwrong (num\w*|nbr|no|person|phone|cell|guy|man|woman|lady|patient|contact)\b",
            r"^((you|u) (have|got) |this is |its |sorry )*(the |a )?wrong$",  # Wrong #
            r"\b(fuck|piss|buzz|bug) off\b|\bscrew you\b|\b(is|as) (spam|a scam)\b",
            # Spanish
            r"\bno (me )?(mand|env[ií]|escrib|contact|text)",
            r"\bno (quiero|deseo) (recibir|m[aá]s|sus|estos|mensajes|textos)",
            r"\bno m[aá]s (mensajes|textos)|\bdej(e|en|a|ar) de (mand|env|escrib|text|molest)",
            r"\b(darme|dar|darse|denme) de baja\b|\bqu[ií]t(eme|enme|ame)\b",
            r"\bn[uú]mero equivocado\b|\bb[oó]rr(e|en|a|ar)(me|nme)?\b",
            r"\belim[ií]n(e|en|a)(me|nme)\b",
            r"\bs[aá][qc](u?e|a|uen)(me|nme)\b",
            # French
            r"\bne (plus |me |m)?(contactez|textez|envoyez|[eé]crivez|[eé]crire|envoyer)",
            r"\bn ?(envoyez|[eé]crivez) plus|\b(plus|fin) des? (messages|textos?|sms)\b",
            r"\bd[eé]sabonn|\bd[eé]sinscri|\bmauvais num[eé]ro\b|\b(retirez|enlevez|laissez) moi\b",
            # Portuguese
            r"\bn[aã]o (me )?(mand|envi|escrev)|\bn[aã]o quero (mais|receber)|\bn[uú]mero errado\b",
            r"\bdescadastr|\bme (tire|remova|tirem)\b|\bpar(e|em) de (mand|envi)",
            # Haitian Creole
            r"\bpa voye\b|\bpa ekri\b|\bmove nimewo\b|\bretire m\b|\bpa vle (mesaj|resevwa)",
            # Russian
            r"\bне (присыл|пиш|шлит|отправл|надо|нужно|хочу получ|беспоко)|\bбольше не\b",
            r"\bотпи(с|ш)|\bудалите\b|\bошиблись номером\b|\bне тот номер\b",
            # Tagalog
            r"\b(huwag|wag)\b.*\b(text|mag|padala|magpadala|message)|\bayaw ko\b|\bmaling numero\b",
            r"^tama na\b|\btanggalin\b",
            # Vietnamese
            r"\bđừng (gửi|nhắn)|\bkhông (muốn )?(gửi|nhắn|nhận)|\bsai số\b|\bx[oó]a số\b",
            # Korean, Chinese, Arabic
            r"보내지|원하지 않|취소|해지|거부|차단|그만|중지|잘못",
            r"不要再|不要[发發给給]|[别別]再?[发發]|不想|取消|停止|退[订訂]|拒收|打[错錯]|移除|[删刪]除",
            r"لا ترسل|لا [أا]ريد|رقم خاط|الرقم خط|احذف|توقف|[إا]لغاء",
        )
    )
)
"""What may have meant it."""

POLITE = frozenset(
    {
        "please",
        "pls",
        "plz",
        "kindly",
        "por",
        "favor",
        "svp",
        "sil",
        "vous",
        "plait",
        "plaît",
        "tanpri",
    }
    | {"пожалуйста", "paki", "xin", "请", "請", "제발", "رجاء"}
)
"""Before the first word they do not count."""
