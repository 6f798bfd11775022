"""What pydantic finds wrong with a form or a body, in the language of who sent it.

The library speaks English only. These are its own sentences, by the kind of fault, with its values
in our placeholders; a kind that is not here keeps the library's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.i18n import SOURCE, language, lazy_gettext

TEXTS = {
    "missing": lazy_gettext("Field required"),
    "extra_forbidden": lazy_gettext("Extra inputs are not permitted"),
    "value_error": lazy_gettext("Value error, %(error)s"),
    "literal_error": lazy_gettext("Input should be one of %(expected)s"),
    "string_type": lazy_gettext("Input should be a valid string"),
    "string_too_short": lazy_gettext("String should have at least %(min_length)s characters"),
    "string_too_long": lazy_gettext("String should have at most %(max_length)s characters"),
    "string_pattern_mismatch": lazy_gettext("String should match pattern '%(pattern)s'"),
    "int_type": lazy_gettext("Input should be a valid integer"),
    "int_parsing": lazy_gettext("Input should be a valid integer"),
    "int_from_float": lazy_gettext("Input should be a valid integer"),
    "decimal_type": lazy_gettext("Input should be a valid decimal"),
    "decimal_parsing": lazy_gettext("Input should be a valid decimal"),
    "decimal_max_places": lazy_gettext(
        "Decimal input should have no more than %(decimal_places)s decimal places"
    ),
    "decimal_max_digits": lazy_gettext(
        "Decimal input should have no more than %(max_digits)s digits in total"
    ),
    "finite_number": lazy_gettext("Input should be a finite number"),
    "bool_type": lazy_gettext("Input should be a valid boolean"),
    "bool_parsing": lazy_gettext("Input should be a valid boolean"),
    "list_type": lazy_gettext("Input should be a valid list"),
    "dict_type": lazy_gettext("Input should be an object"),
    "model_type": lazy_gettext("Input should be an object"),
    "model_attributes_type": lazy_gettext("Input should be an object"),
    "too_short": lazy_gettext("List should have at least %(min_length)s items"),
    "too_long": lazy_gettext("List should have at most %(max_length)s items"),
    "greater_than": lazy_gettext("Input should be greater than %(gt)s"),
    "greater_than_equal": lazy_gettext("Input should be greater than or equal to %(ge)s"),
    "less_than": lazy_gettext("Input should be less than %(lt)s"),
    "less_than_equal": lazy_gettext("Input should be less than or equal to %(le)s"),
    "date_type": lazy_gettext("Input should be a valid date"),
    "date_parsing": lazy_gettext("Input should be a valid date"),
    "date_from_datetime_parsing": lazy_gettext("Input should be a valid date"),
    "datetime_type": lazy_gettext("Input should be a valid time"),
    "datetime_parsing": lazy_gettext("Input should be a valid time"),
    "datetime_from_date_parsing": lazy_gettext("Input should be a valid time"),
}


def told(fault: Mapping[str, Any]) -> str:
    """Return what is wrong, for a person: one of the entries of a ValidationError."""
    text = TEXTS.get(fault["type"])
    # English readers get the library's own sentence, which knows one character from two.
    if text is None or language() == SOURCE:
        return str(fault["msg"])
    return str(text) % {name: _shown(value) for name, value in fault.get("ctx", {}).items()}


def _shown(value: object) -> str:
    # The library joins choices in English: 'a', 'b' or 'c'.
    return value.replace("' or '", "', '") if isinstance(value, str) else str(value)
