"""A PDF of one page of plain lines, made by hand: enough for an invoice of the test till."""

from __future__ import annotations

LINE_HEIGHT = 16
TOP = 780
LONGEST = 90


def text_pdf(lines) -> bytes:
    """Return a PDF that shows the lines; what Latin-1 lacks becomes a question mark."""
    shown = b"".join(b"(%s) Tj T*\n" % _escaped(line[:LONGEST]) for line in lines)
    stream = b"BT /F1 11 Tf %d TL 50 %d Td\n%sET" % (LINE_HEIGHT, TOP, shown)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        len(content),
    )
    return content + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, table, trailer)


def _escaped(text) -> bytes:
    plain = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return plain.encode("latin-1", "replace")
