"""What a cache between the site and a reader may keep: nothing of what was made for one of them."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

Answer = Callable[[HttpRequest], HttpResponseBase]


def own_pages_stay_private(get_response: Answer) -> Answer:
    """Wrap the site: who has signed in, or sends a token, reads their own deadlines on nearly every page.

    A cache may not keep that for others, and asks again before it shows it to them. A page that says itself what may
    be kept has its way. Every answer says that it depends on who asks.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_somebodys = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
        if is_somebodys and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie", "Authorization"])
        return response

    return answer
