"""A picture as it was sent: only its points go on; names, places and whatever hides in it do not."""

from __future__ import annotations

import io
import struct
import zlib
from typing import NamedTuple, NoReturn

from PIL import Image, ImageOps, UnidentifiedImageError

from app.core.errors import ValidationError
from app.core.i18n import gettext

MIB = 2**20
MOST_BYTES = 10 * MIB
MOST_POINTS = 25_000_000
"""Of what is sent: 4K three times over; a small file may unfold into gigabytes."""
LEAST_SIDE = 80
LONGEST_SIDE = 3_000
"""Of what is kept: phones show 2,800 points, and letters stay legible."""
LARGEST_KEPT = 4 * MIB
PREVIEW_SIDE = 1_400
# How each begins. What a name or a browser says of a file counts for nothing.
MARKS = ((b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xd8\xff", "JPEG"))
# What decoders raise for damaged files, beside ValueError.
FAULTS = (OSError, SyntaxError, ValueError, struct.error, zlib.error, MemoryError, OverflowError)


class Picture(NamedTuple):
    """A picture that was made anew from the points of what was sent."""

    content: bytes
    media_type: str
    width: int
    height: int


def clean(sent: bytes) -> Picture:
    """Return the picture that bytes hold, without anything else that they hold.

    Raises:
        ValidationError: they are no picture that is taken, and why.
    """
    kind = _kind(sent)
    try:
        with Image.open(io.BytesIO(sent), formats=[kind]) as opened:
            _check(opened)
            opened.load()
            # A phone turns the picture by a note in it, which is left out.
            turned = ImageOps.exif_transpose(opened)
            return _encoded(_fitting(_plain(turned)), kind)
    except Image.DecompressionBombError:
        _refuse_points()
    except (UnidentifiedImageError, *FAULTS) as error:
        message = gettext("This picture is damaged or cut off. Take the screenshot again.")
        raise _fault(message) from error


def preview(kept: bytes) -> bytes:
    """Return a kept picture small enough for a page, as JPEG."""
    with Image.open(io.BytesIO(kept), formats=["PNG", "JPEG"]) as opened:
        small = opened.convert("RGB")
        small.thumbnail((PREVIEW_SIDE, 2 * PREVIEW_SIDE))
        return _bytes(small, "JPEG")


def _kind(sent: bytes) -> str:
    if not sent:
        raise _fault(gettext("The file is empty. Choose a picture."))
    if len(sent) > MOST_BYTES:
        message = gettext(
            "A picture may have up to 10 MB. Crop it to the positions, or save it smaller."
        )
        raise _fault(message)
    for mark, kind in MARKS:
        if sent.startswith(mark):
            return kind
    if sent[:4] == b"RIFF" and sent[8:12] == b"WEBP":
        return "WEBP"
    raise _fault(gettext("This is no picture that can be read. Send PNG, JPEG or WebP."))


def _check(opened: Image.Image) -> None:
    width, height = opened.size
    if width * height > MOST_POINTS:
        _refuse_points()
    if min(width, height) < LEAST_SIDE:
        message = gettext(
            "This picture is too small to read: each side needs %(least)s points.", least=LEAST_SIDE
        )
        raise _fault(message)
    if getattr(opened, "n_frames", 1) > 1:
        raise _fault(gettext("Moving pictures are not read. Send one still picture."))


def _plain(image: Image.Image) -> Image.Image:
    """Return an image of colours alone: transparent parts white, and no note of any kind."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layered = image.convert("RGBA")
        image = Image.new("RGBA", layered.size, "white")
        image.alpha_composite(layered)
    flat = image.convert("RGB")
    return Image.frombytes("RGB", flat.size, flat.tobytes())


def _fitting(image: Image.Image) -> Image.Image:
    if max(image.size) > LONGEST_SIDE:
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return image


def _encoded(image: Image.Image, kind: str) -> Picture:
    if kind != "JPEG":
        content = _bytes(image, "PNG")
        if len(content) <= LARGEST_KEPT:
            return Picture(content, "image/png", *image.size)
    return Picture(_bytes(image, "JPEG"), "image/jpeg", *image.size)


def _bytes(image: Image.Image, kind: str) -> bytes:
    target = io.BytesIO()
    terms = {"compress_level": 4} if kind == "PNG" else {"quality": 88}
    image.save(target, kind, **terms)
    return target.getvalue()


def _refuse_points() -> NoReturn:
    message = gettext(
        "This picture has too many points. Crop it to the positions, or save it smaller."
    )
    raise _fault(message)


def _fault(message: str) -> ValidationError:
    return ValidationError(message, field="picture")
