"""Letters of a mailbox come to the desk once, whatever happens on the way."""

from __future__ import annotations

import imaplib

import pytest
from builders import a_member, a_sealed_area

from doorstep.desk import mailbox
from doorstep.desk.models import Message, Request
from doorstep.errors import FaultError

pytestmark = pytest.mark.django_db
LETTER = (
    "From: =?utf-8?b?5p+z6Z2S?= <liu@example.org>\r\nSubject: rice\r\nMessage-ID: <{id}@example.org>\r\n"
    "Date: Tue, 07 Dec 2021 22:10:00 +0800\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
)


class Box:
    """A mailbox as the program sees one: letters by number, and which were read."""

    def __init__(self, *texts):
        self.letters = {str(n): LETTER.format(id=n, text=text).encode() for n, text in enumerate(texts, start=1)}
        self.read, self.left = [], 0

    def __call__(self, host, port, timeout):
        self.asked = (host, port)
        return self

    def login(self, user, secret):
        if secret != "p@ss":
            raise imaplib.IMAP4.error("no")
        return "OK", []

    def select(self, folder):
        return "OK", []

    def search(self, charset, what):
        return "OK", [" ".join(number for number in self.letters if number not in self.read).encode()]

    def fetch(self, number, what):
        return "OK", [(b"1", self.letters[number]), b")"]

    def store(self, number, act, flags):
        self.read.append(number)

    def logout(self):
        self.left += 1


@pytest.fixture
def incident(settings):
    settings.DESK_IMAP = "imaps://desk:p%40ss@mail.example.org/INBOX"
    return a_sealed_area().incident


def test_unread_letters_are_kept_once_and_marked_as_read(incident):
    box = Box("想买两袋大米", "谢谢你们")
    assert mailbox.fetch(connect=box) == 2
    assert (box.read, box.left, box.asked) == (["1", "2"], 1, ("mail.example.org", 993))
    first = Message.objects.order_by("pk").first()
    assert (first.channel, first.sender, first.contact) == ("email", "柳青", "liu@example.org")
    assert "大米" in first.text
    box.read = []
    assert mailbox.fetch(connect=box) == 0
    assert Message.objects.count() == 2


def test_a_line_that_breaks_loses_no_letter(incident):
    box = Box("想买两袋大米", "还要油")

    def broken(number, act, flags):
        raise OSError("the line broke")

    store, box.store = box.store, broken
    with pytest.raises(OSError, match="line broke"):
        mailbox.fetch(connect=box)
    box.store = store
    assert mailbox.fetch(connect=box) == 1
    assert Message.objects.count() == 2


def test_a_letter_with_danger_to_life_goes_to_command(incident):
    commander = a_member("commander", incident=incident)
    mailbox.fetch(connect=Box("老人晕倒了，叫不醒"))
    assert Request.objects.get().owner == commander


def test_a_wrong_address_or_secret_is_the_operators_to_mend(incident, settings):
    settings.DESK_IMAP = "imap://desk@mail.example.org"
    with pytest.raises(FaultError, match="imaps://"):
        mailbox.fetch(connect=Box())
    settings.DESK_IMAP = "imaps://desk:wrong@mail.example.org"
    with pytest.raises(FaultError, match="cannot be opened"):
        mailbox.fetch(connect=Box())


def test_without_a_mailbox_nothing_is_asked(incident, settings):
    settings.DESK_IMAP = ""
    assert mailbox.fetch(connect=None) == 0
