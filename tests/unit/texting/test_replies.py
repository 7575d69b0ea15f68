"""What replies mean: STOP in every spelling, sentences for a person, and what is none of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.texting.domain.replies import Wish, wish_of


@pytest.mark.parametrize(
    "message",
    ["STOP", "stop", " Stop\r\n", "STOPALL", "stop  all", "STOP.", "stop!", '"STOP"']
    + [
        "“STOP”",
        "‘Stop’",
        "«STOP»",
        "STOP,",
        "STOP 🛑",
        "🙏STOP🙏",
        "ST\u200bOP",
        "\u200eSTOP\u200f",
    ]
    + [
        "STOP\ufe0f",
        "\ufeffSTOP",
        "ＳＴＯＰ",
        "stop…",
        "*STOP*",
        "_stop_",
        "S T O P",
        "S.T.O.P.",
        "#stop",
    ]
    + ["ARRET", "Arrêt", "ARRE\u0302T", "ALTO", "¡ALTO!", "STOP para salir", "STOP para sair"]
    + ["S'il vous plaît, arrêtez"]
    + ["Stop. Thank you", "stop it", "Stop texting me", "stop.please", "STOP: fin des SMS"]
    + ["STOP pou fini", "please stop", "Pls STOP!!", "Por favor, pare", "Arrêtez de m'écrire"]
    + ["Basta ya", "стоп", "Хватит!", "itigil", "Dừng lại", "توقف", "停止", "退订", "退訂。"]
    + ["Deténgase", "detengase por favor", "STOPPEZ", "arrétez", "arrèt", "ALTÓ", "STÓP", "šţöp"]
    + ["توقّف", "تَوَقَّف", "S\u034fTOP", "S\u0336T\u0336O\u0336P\u0336", "\u3164STOP", "🅂🅃🄾🄿"]
    + ["pàrem", "стоп\u0301", "그만\u3164"]
    + ["수신거부 STOP 회신", "그만 보내세요", "停止发送", "STOP START", "Sispann voye mesaj"],
)
def test_a_reply_that_begins_with_stop_stops(message: str) -> None:
    """In any of the languages, with whatever a phone puts around it, whatever follows."""
    assert wish_of(message) is Wish.STOP


@pytest.mark.parametrize(
    "message",
    ["Unsubscribe", "CANCEL", "end", "Quit", "revoke", "opt out", "OptOut", "opt-out", "“End”"]
    + ["cancel ✋", "QUIT!!", "Cancelar", "baja", "Annuler", "Désabonner", "отписаться", "取消"]
    + ["취소", "إلغاء", "hủy", "no más", "ｑｕｉｔ", "cancelen", "énd", "désabonnér", "pará"],
)
def test_words_that_stop_alone(message: str) -> None:
    """Carriers take them so."""
    assert wish_of(message) is Wish.STOP


@pytest.mark.parametrize(
    "message",
    ["cancel my appointment", "I need to cancel", "please cancel", "When does the visit end?"]
    + ["I quit my job", "Please unsubscribe me", "how do I opt out", "I revoke my consent"]
    + ["please don't text me", "Please don’t text me", "dont text", "Do not message this number"]
    + ["no more messages", "No more", "stopp", "STOPPP", "stpo", "St0p", "STOP2END", "remove me"]
    + ["remove", "stops", "this is spam", "optout please", "why can't you stop texting me"]
    + ["Take me off your list", "wrong number", "Wrong person!", "leave me alone", "Unsub"]
    + ["I do not want these texts", "Hi, stop", "I said stop", "can you stop these messages"]
    + ["When will you stop texting me?", "Text STOP to end", "🛑", "✋🏽", "🚫"]
    + ["STO P", "ST OP", "s top", "A RRET", "STOPSTOP", "Stopstopstop", "stopstop2"]
    + ["cancelado", "Cancelled", "canceled", "annulé", "block", "BLOCKED", "I will block you"]
    + ["Wrong #", "you have the wrong #", "wrong num", "Wrong guy", "reported as spam"]
    + ["bórreme", "Borre mi numero", "elimínenme", "sáqueme de la lista", "bloquear"]
    + ["no me manden más mensajes", "Ya no quiero recibir mensajes", "no quiero más textos"]
    + ["quiero cancelar mi cita", "número equivocado", "ne m'envoyez plus de messages"]
    + [
        "FIN DES SMS",
        "je veux me désabonner",
        "não me mande mensagens",
        "Não quero mais receber",
        "pa voye mesaj",
    ]
    + ["не пишите мне", "больше не присылайте", "huwag na po mag text", "đừng nhắn tin nữa"]
    + ["문자 보내지 마세요", "请不要再发短信", "請取消", "لا ترسلوا لي رسائل", "من فضلك توقف"]
    + ["أرسلوا STOP لإيقاف الرسائل", "Ответьте STOP, чтобы отписаться"],
)
def test_what_may_have_meant_it_is_for_a_person(message: str) -> None:
    """A sentence with one of the words, a misspelling, a wish in other words."""
    assert wish_of(message) is Wish.UNCLEAR


@pytest.mark.parametrize(
    "message",
    ["", " ", "...", "YES", "start.", "HELP", "ok", "Thank you!", "👍", "1", "C", "See you at 9"]
    + [
        "don't stop",
        "I don't want to stop",
        "I don't want you to stop them",
        "Don’t stop",
        "do not stop",
        "when does the bus stop",
        "Which bus stops there",
    ]
    + ["where is the bus stop?", "I'm at the stop", "I will stop by tomorrow", "my pain won't stop"]
    + ["I can't stop coughing", "non-stop", "The weekend is fine", "I got your text message"]
    + [
        "I did not get the link",
        "toso sin parar",
        "para mi hijo",
        "Tengo el azúcar alto",
        "gracias",
    ]
    + [
        "merci",
        "спасибо",
        "salamat po",
        "cảm ơn",
        "감사합니다",
        "谢谢",
        "停车在哪里",
        "شكرا",
        "dung roi",
    ]
    + ["đúng rồi", "Đúng", "What is wrong?", "something is wrong", "top", "to p", "is to p"]
    + ["I live on the next block", "borrowed", "two blocks away", "It was not cancelled, right"]
    + ["Is it at the next stop?", "Unstoppable", "stopped bleeding", "non merci"]
    + ["Liked “Lamna: Your video visit is Wed Jun 10. Text STOP to end”"],
)
def test_anything_else_asks_for_nothing(message: str) -> None:
    """A chat, a bus, a promise, a reaction that quotes our text."""
    assert wish_of(message) is None


@pytest.mark.parametrize("message", ["START", "start", " UnStop\n"])
def test_words_that_start(message: str) -> None:
    """Exactly the carriers' words, because they give a consent."""
    assert wish_of(message) is Wish.START


@given(st.text(max_size=300))
def test_whatever_is_written_is_decided(message: str) -> None:
    """Nothing a phone can send raises."""
    assert wish_of(message) in (*Wish, None)


def test_a_long_reply_is_decided_quickly() -> None:
    """However a patient, or a machine, fills it."""
    for part in ("do not want ", "no ", "“", "s", "wag "):
        assert wish_of("x " + part * 20_000) in (*Wish, None)
