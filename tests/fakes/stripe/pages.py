"""Hosted pages (none yet)."""


def show(handler, method, parts, body):
    handler.reply(404, {})
