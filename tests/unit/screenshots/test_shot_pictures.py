"""What is taken for a picture, and what of it goes on."""

from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from app.core.errors import ValidationError
from app.screenshots.rules import pictures
from tests.factories.shots import picture


def opened(content):
    return Image.open(io.BytesIO(content))


def chunk(name, body):
    crc = zlib.crc32(name + body).to_bytes(4)
    return len(body).to_bytes(4) + name + body + crc


def bomb(width, height):
    head = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


def moving(kind):
    frames = [Image.new("RGB", (200, 200), colour) for colour in ("red", "blue")]
    target = io.BytesIO()
    frames[0].save(target, kind, save_all=True, append_images=frames[1:])
    return target.getvalue()


@pytest.mark.req("S2-97")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_keeps_its_points_and_nothing_else(kind):
    notes = Image.Exif()
    notes[0x010E] = "SECRET-PLACE"
    notes.get_ifd(0x8825)[2] = (48.0, 8.0, 1.0)
    terms = {"exif": notes}
    if kind == "PNG":
        info = PngInfo()
        info.add_text("Comment", "SECRET-PLACE")
        info.add_itxt("XML:com.adobe.xmp", "SECRET-PLACE", zip=True)
        terms["pnginfo"] = info
    if kind == "JPEG":
        terms["comment"] = b"SECRET-PLACE"
    sent = picture(kind=kind, **terms) + b"<script>SECRET-PLACE</script>"
    assert b"SECRET-PLACE" in sent
    kept = pictures.clean(sent)
    assert b"SECRET-PLACE" not in kept.content
    image = opened(kept.content)
    assert (image.size, image.getexif(), kept.media_type) == (
        (400, 300), {}, "image/jpeg" if kind == "JPEG" else "image/png",
    )  # fmt: skip
    assert not set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    near = opened(picture()).convert("L").resize((40, 30))
    apart = [
        abs(a - b)
        for a, b in zip(near.tobytes(), image.convert("L").resize((40, 30)).tobytes(), strict=True)
    ]
    assert max(apart) < 12


def test_the_same_points_are_the_same_bytes_whatever_stood_around_them():
    info = PngInfo()
    info.add_text("Comment", "another day")
    assert pictures.clean(picture()).content == pictures.clean(picture(pnginfo=info)).content
    assert pictures.clean(picture()).content != pictures.clean(picture("TSLA")).content


def test_a_picture_that_a_note_turns_is_turned_before_the_note_goes():
    notes = Image.Exif()
    notes[0x0112] = 6
    kept = pictures.clean(picture(kind="JPEG", exif=notes))
    assert (kept.width, kept.height) == (300, 400)


def test_transparent_parts_are_white_and_large_pictures_become_smaller():
    image = Image.new("RGBA", (4_000, 2_000), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 1_999, 1_999), fill="red")
    target = io.BytesIO()
    image.save(target, "PNG")
    kept = pictures.clean(target.getvalue())
    assert (kept.width, kept.height) == (3_000, 1_500)
    found = opened(kept.content)
    assert (found.getpixel((10, 10)), found.getpixel((2_900, 10))) == ((255, 0, 0), (255, 255, 255))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BAD = {
    "nothing": (b"", "empty"),
    "text": (b"external_id,executed_at\n1,2\n", "no picture"),
    "svg": (SVG, "no picture"),
    "html": (b"<!doctype html><img src=x onerror=alert(1)>", "no picture"),
    "svg after blanks": (b"  \n" + SVG, "no picture"),
    "pdf": (b"%PDF-1.7\n", "no picture"),
    "gif": (picture(kind="GIF"), "no picture"),
    "bmp": (picture(kind="BMP"), "no picture"),
    "zip": (b"PK\x03\x04" + b"\0" * 200, "no picture"),
    "mark alone": (b"\x89PNG\r\n\x1a\n", "damaged"),
    "html behind the mark": (b"\x89PNG\r\n\x1a\n" + SVG, "damaged"),
    "jpeg mark and html": (b"\xff\xd8\xff" + SVG, "damaged"),
    "webp mark and html": (b"RIFF\x10\0\0\0WEBP" + SVG, "damaged"),
    "half a png": (picture(size=(600, 600), words="x" * 40)[:-900], "damaged"),
    "half a jpeg": (picture(kind="JPEG", size=(900, 900))[:2_000], "damaged"),
    "half a webp": (picture(kind="WEBP", size=(900, 900))[:300], "damaged"),
    "bomb": (bomb(5_001, 5_000), "too many points"),
    "large bomb": (bomb(60_000, 60_000), "too many points"),
    "endless bomb": (bomb(2**31 - 1, 2**31 - 1), "too many points"),
    "tiny": (picture(size=(400, 79)), "too small"),
    "moving png": (moving("PNG"), "Moving"),
    "moving webp": (moving("WEBP"), "Moving"),
    "too large": (b"\x89PNG\r\n\x1a\n" + b"\0" * pictures.MOST_BYTES, "up to 10 MB"),
}


@pytest.mark.req("S2-97", "S2-102")
@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused_with_what_to_do(name):
    sent, words = BAD[name]
    with pytest.raises(ValidationError) as caught:
        pictures.clean(sent)
    assert words in caught.value.message
    assert caught.value.field == "picture"


@given(st.data())
def test_a_damaged_picture_is_read_or_refused_and_nothing_else(data):
    sent = bytearray(
        data.draw(st.sampled_from([picture(kind=kind) for kind in ("PNG", "JPEG", "WEBP")]))
    )
    for _ in range(data.draw(st.integers(1, 12))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    try:
        kept = pictures.clean(bytes(sent))
    except ValidationError:
        return
    assert opened(kept.content).size == (kept.width, kept.height)


def test_a_preview_is_a_jpeg_for_a_page():
    kept = pictures.clean(picture(size=(3_000, 2_000)))
    small = opened(pictures.preview(kept.content))
    assert (small.format, small.size) == ("JPEG", (1_400, 933))
