"""Stripe's form encoding: `items[0][price]=…` in, nested values out, and the parameters' types."""

from __future__ import annotations

from urllib.parse import parse_qsl

from .errors import invalid, lacks

UNSET = ""


def decode(text: str) -> dict:
    """Return the nested parameters of a query or a body."""
    found: dict = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError:
        raise invalid("The parameters are no form encoding of UTF-8.") from None
    for name, value in pairs:
        first, *rest = name.replace("]", "").split("[")
        _put(found, [first, *rest], value)
    return _lists(found)


def _put(found, path, value):
    *above, last = path
    for step in above:
        found = found.setdefault(step, {})
        if not isinstance(found, dict):
            raise invalid(f"Invalid parameter: {step} is both a value and a hash", step)
    found[last or str(len(found))] = value


def _lists(value):
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(one) for name, one in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


class Params(dict):
    """Decoded parameters that know their place, so that an error names them in full."""

    def __init__(self, values=(), path="", read=None):
        super().__init__(values)
        self.path = path
        self.read = set() if read is None else read

    def __contains__(self, key):
        self.read.add(self.name(key))
        return super().__contains__(key)

    def __getitem__(self, key):
        self.read.add(self.name(key))
        return super().__getitem__(key)

    def get(self, key, default=None):
        """Return a raw value, and remember that somebody looked at it."""
        self.read.add(self.name(key))
        return super().get(key, default)

    def ignored(self) -> list[str]:
        """Return the top parameters that nobody has looked at."""
        return [key for key in self if key not in self.read]

    def name(self, key) -> str:
        """Return a parameter's full name, such as `items[0][price]`."""
        return f"{self.path}[{key}]" if self.path else key

    def need(self, key) -> str:
        """Return a text that has to be there."""
        value = self.text(key)
        if not value:
            raise lacks(self.name(key))
        return value

    def text(self, key, default=None):
        """Return a text, or the default where it is absent."""
        value = self.get(key, default)
        if value is not None and not isinstance(value, str):
            raise invalid(f"Invalid string: {value}", self.name(key))
        return value

    def choice(self, key, values, default=None):
        """Return one of some words."""
        value = self.text(key, default)
        if value is not None and value not in values:
            known = ", ".join(values)
            raise invalid(f"Invalid {self.name(key)}: must be one of {known}", self.name(key))
        return value

    def url(self, key):
        """Return an address that a browser may be sent to, None where it is absent."""
        value = self.text(key) or None
        if value is not None and not value.startswith(("http://", "https://")):
            message = "Not a valid URL: an explicit scheme (such as https) must be provided."
            raise invalid(message, self.name(key), "url_invalid")
        return value

    def whole(self, key, default=None, least=None):
        """Return an integer."""
        value = self.get(key)
        if value is None or value == UNSET:
            return default
        try:
            number = int(value)
        except (TypeError, ValueError):
            code = "parameter_invalid_integer"
            raise invalid(f"Invalid integer: {value}", self.name(key), code) from None
        if least is not None and number < least:
            message = f"This value must be greater than or equal to {least}."
            raise invalid(message, self.name(key), "parameter_invalid_integer")
        return number

    def flag(self, key, default=None):
        """Return a boolean."""
        value = self.get(key)
        if value is None or value == UNSET:
            return default
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", self.name(key))
        return value == "true"

    def nested(self, key) -> Params:
        """Return a hash, empty where it is absent."""
        value = self.get(key) or {}
        if not isinstance(value, dict):
            raise invalid("Invalid object", self.name(key))
        return Params(value, self.name(key))

    def each(self, key) -> list[Params]:
        """Return an array of hashes."""
        value = self.get(key) or []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise invalid("Invalid array", self.name(key))
        return [Params(one, f"{self.name(key)}[{at}]") for at, one in enumerate(value)]

    def words(self, key) -> list[str]:
        """Return an array of texts."""
        value = self.get(key) or []
        if not isinstance(value, list):
            raise invalid("Invalid array", self.name(key))
        return value


def merged(metadata, given) -> dict:
    """Return metadata after an update: an empty text removes a key, an empty hash all of them."""
    if given is None:
        return dict(metadata)
    if given == UNSET:
        return {}
    both = {**metadata, **given}
    return {name: value for name, value in both.items() if value != UNSET}
