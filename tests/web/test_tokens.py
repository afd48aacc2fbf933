"""My API tokens."""

import pytest
from django.test import Client
from django.urls import reverse

from coursehub.accounts.models import ApiToken
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(sign_in: SignIn, people: People) -> Client:
    return sign_in(people.ada)


def test_a_new_token_is_shown_once_and_never_kept_by_a_browser(ada: Client) -> None:
    made = ada.post(reverse("tokens"), {"label": "my laptop", "scopes": ["read", "submit"]})
    secret = made.context["page"].secret

    assert secret in made.content.decode()
    assert made.headers["Cache-Control"] == "no-store"
    assert secret not in ada.get(reverse("tokens")).content.decode()
    assert "my laptop" in ada.get(reverse("tokens")).content.decode()


def test_a_form_with_a_mistake_keeps_what_was_typed(ada: Client) -> None:
    response = ada.post(reverse("tokens"), {"label": "my laptop", "scopes": []})

    html = response.content.decode()
    assert response.status_code == 200
    assert 'value="my laptop"' in html
    assert "This field is required." in html
    assert ApiToken.objects.count() == 0


def test_a_revoked_token_is_gone_from_the_list(ada: Client) -> None:
    ada.post(reverse("tokens"), {"label": "my laptop", "scopes": ["read"]})
    token = ApiToken.objects.get()

    response = ada.post(reverse("token_revoke", args=[token.pk]), follow=True)

    assert "no longer works" in response.content.decode()
    assert not response.context["page"].tokens


def test_nobody_revokes_somebody_elses_token(ada: Client, sign_in: SignIn, people: People) -> None:
    ada.post(reverse("tokens"), {"label": "my laptop", "scopes": ["read"]})
    token = ApiToken.objects.get()

    assert sign_in(people.ben).post(reverse("token_revoke", args=[token.pk])).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None
