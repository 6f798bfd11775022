"""Pictures that look like brokers' position pages, made by us from seeded data, with the truth.

No picture of a broker, no logo, no account of anybody: pages of our own in Chromium, with the
columns, notations, colours and cuts of type that the five brokers are known for.
"""
