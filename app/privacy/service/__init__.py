"""A copy of all that is kept of a person, and the person's erasure."""

from app.privacy.service.erasure import erase_person
from app.privacy.service.requests import (
    ask_for_copy,
    ask_for_erasure,
    cancel_erasure,
    make_copy,
    make_link,
    own_data,
    read_piece,
    run_due,
    use_link,
)
from app.privacy.service.takeout import write_copy
from app.privacy.service.wordpress import erase, export

__all__ = [
    "ask_for_copy",
    "ask_for_erasure",
    "cancel_erasure",
    "erase",
    "erase_person",
    "export",
    "make_copy",
    "make_link",
    "own_data",
    "read_piece",
    "run_due",
    "use_link",
    "write_copy",
]
