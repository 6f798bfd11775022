"""The WSGI entry point: any WSGI server serves `wsgi:app`."""

import gc

# Nothing of what is loaded here is garbage: to look for it takes a tenth of the start.
gc.disable()

from app import create_app  # noqa: E402

app = create_app()
gc.freeze()
gc.enable()
