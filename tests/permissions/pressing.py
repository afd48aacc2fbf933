"""What a page offers to press: its links, and every button of its forms with what the form would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

Attributes = dict[str, str | None]
_SENT_AS_TYPED = frozenset({"hidden", "text", "search", "email", "number", "date", "time", "datetime-local", "url"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One thing to press: where it leads, and what it sends."""

    method: str
    address: str
    """With its query."""
    body: str
    label: str
    """The name and value of the button; empty for a link."""

    @property
    def path(self) -> str:
        """The address without its query."""
        return urlsplit(self.address).path


def presses(html: str, *, at: str) -> list[Press]:
    """Return what can be pressed on a page of this site, which stands `at` an address; links elsewhere apart."""
    reader = _Reader(at)
    reader.feed(html)
    reader.close()
    links = [Press(method="GET", address=address, body="", label="") for address in reader.links]
    return [*links, *(press for form in reader.forms for press in form.presses())]


@dataclass(slots=True, kw_only=True)
class _Form:
    method: str
    address: str
    name: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[Attributes] = field(default_factory=list)

    def presses(self) -> list[Press]:
        found = []
        for button in self.buttons:
            own = [(button["name"] or "", button.get("value") or "")] if button.get("name") else []
            method = (button.get("formmethod") or self.method).upper()
            address = urljoin(self.address, button.get("formaction") or "") or self.address
            sent = urlencode(self.fields + own)
            label = "=".join(part for pair in own for part in pair)
            if method == "GET":
                address, sent = f"{urlsplit(address).path}?{sent}", ""
            found.append(Press(method=method, address=address, body=sent, label=label))
        return found


class _Reader(HTMLParser):
    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at
        self.links: list[str] = []
        self.forms: list[_Form] = []
        self._open: _Form | None = None
        self._select: Attributes | None = None
        self._has_choice = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: Attributes = dict(attrs)
        if tag == "a" and (address := self._here(given.get("href") or "")):
            self.links.append(address)
        if asked := given.get("hx-get"):
            self.links += [address for address in [self._here(asked)] if address]
        if tag == "form":
            method = (given.get("method") or "get").upper()
            address = self._here(given.get("action") or self.at) or self.at
            self._open = _Form(method=method, address=address, name=given.get("id") or "")
            self.forms.append(self._open)
        form = self._form_of(given)
        if form is not None and "disabled" not in given:
            self._field(form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = None

    def _field(self, form: _Form, tag: str, given: Attributes) -> None:
        name, value, kind = given.get("name") or "", given.get("value") or "", given.get("type") or ""
        if (tag == "button" and kind in {"", "submit"}) or (tag == "input" and kind == "submit"):
            form.buttons.append(given)
        elif tag == "input" and name and (kind or "text") in _SENT_AS_TYPED:
            form.fields.append((name, value))
        elif tag == "input" and name and kind in {"checkbox", "radio"} and "checked" in given:
            form.fields.append((name, value or "on"))
        elif tag == "textarea" and name:
            form.fields.append((name, ""))
        elif tag == "select":
            self._select, self._has_choice = given, False
        elif tag == "option" and self._select is not None and self._select.get("name"):
            self._option(form, self._select["name"] or "", given)

    def _option(self, form: _Form, name: str, given: Attributes) -> None:
        """Take the first option of a list until one is marked."""
        if "selected" in given and self._has_choice:
            form.fields = [(key, value) for key, value in form.fields if key != name]
        if "selected" in given or not self._has_choice:
            form.fields.append((name, given.get("value") or ""))
            self._has_choice = True

    def _form_of(self, given: Attributes) -> _Form | None:
        named = given.get("form")
        if named:
            return next((form for form in self.forms if form.name == named), None)
        return self._open

    def _here(self, address: str) -> str:
        """Return an address of this site without its fragment; empty for any other."""
        parts = urlsplit(urljoin(self.at, address.partition("#")[0]))
        if parts.scheme or parts.netloc or address.startswith("#"):
            return ""
        return parts.path + (f"?{parts.query}" if parts.query else "")
