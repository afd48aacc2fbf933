"""Where requests come in: sign-in is asked for, and refusals of the rooms below become pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods, require_safe

from coursehub.accounts.models import User
from coursehub.courses.access import Person
from coursehub.courses.errors import NotAllowed

Arguments = ParamSpec("Arguments")


class SignedInRequest(HttpRequest):
    """A request of somebody we know."""

    user: User


class VisitorRequest(HttpRequest):
    """A request of anybody, with or without an account."""

    user: Person


OpenView = Callable[Concatenate[VisitorRequest, Arguments], HttpResponseBase]
PageView = Callable[Concatenate[SignedInRequest, Arguments], HttpResponseBase]
AnyView = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


def signed_in(*methods: str) -> Callable[[PageView[Arguments]], AnyView[Arguments]]:
    """Wrap a view: these methods only, signed in only, `ObjectDoesNotExist` is 404 and `NotAllowed` is 403."""

    def wrap(view: PageView[Arguments]) -> AnyView[Arguments]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)  # type: ignore[arg-type]  # login_required has seen to it
            except ObjectDoesNotExist as error:
                raise Http404 from error
            except NotAllowed as error:
                raise PermissionDenied(str(error)) from error

        return login_required(require_http_methods(methods or ("GET", "HEAD"))(guarded))

    return wrap


def open_to_visitors(view: OpenView[Arguments]) -> AnyView[Arguments]:
    """Wrap a view that anybody may read where its course is public.

    What is not there for a visitor might be there for who signs in, so they are asked to; everybody else gets 404.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)  # type: ignore[arg-type]  # the middleware sets ``user``
        except ObjectDoesNotExist as error:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            raise Http404 from error
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error

    return require_safe(guarded)


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks for a fragment, rather than a browser for a page."""
    return request.headers.get("HX-Request") == "true"
