"""What the forms of the account pages send."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.accounts.schemas import MAX_EMAIL

Password = Annotated[str, StringConstraints(max_length=1024)]
"""Longer than any that is taken, so that the rule itself can say what is wrong."""
Token = Annotated[str, StringConstraints(max_length=400)]
Code = Annotated[str, StringConstraints(max_length=40)]


class _Form(BaseModel):
    """What a form sends; fields that it does not have are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SignInForm(_Form):
    """Address and password."""

    email: Annotated[str, StringConstraints(max_length=MAX_EMAIL)]
    password: Password
    keep: bool = False


class CodeForm(_Form):
    """A one-time code, of the app or of the printed list."""

    code: Code


class AddressForm(_Form):
    """An address to which mail goes."""

    email: Annotated[str, StringConstraints(max_length=MAX_EMAIL)]


class LinkForm(_Form):
    """A link that was followed."""

    token: Token = ""


class NewPasswordForm(LinkForm):
    """A new password, with the link that allows it or, without one, by who is signed in."""

    password: Password


class PasswordForm(_Form):
    """The present password, typed again."""

    password: Password


class TurnOffForm(PasswordForm):
    """What turning the second factor off needs."""

    code: Code
