"""The mail server as one address in the environment."""

import pytest

from coursehub import env
from coursehub.env import MailServer

NAME = "COURSEHUB_TEST_EMAIL_URL"


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("", MailServer()),
        ("smtp://mail", MailServer(host="mail", port=25)),
        (
            "smtp://hub:p%40ss@mail.example.edu",
            MailServer(host="mail.example.edu", port=587, user="hub", password="p@ss", is_starttls=True),
        ),
        (
            "smtps://hub:secret@mail:4650",
            MailServer(host="mail", port=4650, user="hub", password="secret", is_tls=True),
        ),
    ],
)
def test_an_address_says_where_and_how(address: str, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, address)
    monkeypatch.setattr(env, "documented", {})

    assert env.mail_server(NAME, "The mail server.") == server


def test_an_address_that_is_none_is_refused_without_repeating_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "http://hub:secret@mail")
    monkeypatch.setattr(env, "documented", {})

    with pytest.raises(env.SettingInvalid, match=NAME) as refused:
        env.mail_server(NAME, "The mail server.")

    assert "secret" not in str(refused.value)
