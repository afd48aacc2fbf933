"""My API tokens: list, make, revoke."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.accounts import services
from coursehub.accounts.models import ApiToken, TokenScope
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.forms import TokenForm
from coursehub.web.pages.tokens import tokens_page


@signed_in("GET", "HEAD", "POST")
def tokens(request: SignedInRequest) -> HttpResponseBase:
    """Show my tokens; make a new one, whose secret this page shows once."""
    form = TokenForm(request.POST or None)
    secret = label = ""
    if request.method == "POST" and form.is_valid():
        label = form.cleaned_data["label"]
        scopes = [TokenScope(scope) for scope in form.cleaned_data["scopes"]]
        _, secret = services.create_token(request.user, label=label, scopes=scopes)
        form = TokenForm()
    mine = list(ApiToken.objects.filter(user=request.user, revoked_at=None).order_by("-pk"))
    page = tokens_page(mine, form=form, secret=secret, secret_label=label, now=now())
    response = TemplateResponse(request, "settings/tokens.html", {"page": page})
    response.headers["Cache-Control"] = "no-store"
    return response


@signed_in("POST")
def token_revoke(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Revoke a token of mine."""
    token = ApiToken.objects.get(pk=pk, user=request.user)
    services.revoke_token(token)
    messages.success(request, f"“{token.label}” no longer works.")
    return redirect("tokens")
