"""What each door of the route matrix says to each caller (see route_matrix.py)."""

# "ok" lets in. Scopes are doors of their own.
DOORS = """
caller                public site wpsite member sitemember person perf ledger write profile keys admin open keyonly page ownpage form ownform hooks hookw counted signin operator trading robots billing owner market charts chartw models
nobody                ok     401  401    401    401        401    401  401    401   401     401  401   ok   401     ok   303     403  403     401   401   ok      ok     404      401      401      401  401  401  401  401  401
wrong key             ok     401  401    401    401        401    401  401    401   401     401  401   401  401     ok   401     403  403     401   401   401     401    404      401      401      401  401  401  401  401  401
revoked key           ok     401  401    401    401        401    401  401    401   401     401  401   401  401     ok   401     403  403     401   401   401     401    404      401      401      401  401  401  401  401  401
disabled user's key   ok     401  401    401    401        401    401  401    401   401     401  401   401  401     ok   401     403  403     401   401   401     401    404      401      401      401  401  401  401  401  401
key performance:read  ok     401  401    ok     403        403    ok   403    403   403     403  401   ok   ok      ok   303     403  403     403   403   ok      ok     404      403      403      403  401  403  403  403  403
key ledger:read       ok     401  401    ok     403        403    403  ok     403   403     403  401   ok   ok      ok   303     403  403     403   403   ok      ok     404      403      403      403  401  403  403  403  403
key ledger:write      ok     401  401    ok     403        403    403  403    ok    403     403  401   ok   ok      ok   303     403  403     403   403   ok      ok     404      403      403      403  401  403  403  403  403
key profile:write     ok     401  401    ok     403        403    403  403    403   ok      403  401   ok   ok      ok   303     403  403     403   403   ok      ok     404      403      403      403  401  403  403  403  403
key keys:write        ok     401  401    ok     403        403    403  403    403   403     ok   401   ok   ok      ok   303     403  403     403   403   ok      ok     404      403      403      403  401  403  403  403  403
key webhooks:read     ok     401  401    ok     403        403    403  403    403   403     403  401   ok   ok      ok   303     403  403     ok    403   ok      ok     404      403      403      403  401  403  403  403  403
key webhooks:write    ok     401  401    ok     403        403    403  403    403   403     403  401   ok   ok      ok   303     403  403     403   ok    ok      ok     404      403      403      403  401  403  403  403  403
key market:read       ok  401  401  ok  403  403  403  403  403  403  403  401  ok  ok  ok  303  403  403  403  403  ok  ok  404  403  403  403  401  ok  403  403  403
key charts:read       ok  401  401  ok  403  403  403  403  403  403  403  401  ok  ok  ok  303  403  403  403  403  ok  ok  404  403  403  403  401  403  ok  403  403
key charts:write      ok  401  401  ok  403  403  403  403  403  403  403  401  ok  ok  ok  303  403  403  403  403  ok  ok  404  403  403  403  401  403  403  ok  403
key trading           ok  401  401  ok  403  403  403  403  403  403  403  401  ok  ok  ok  303  403  403  403  403  ok  ok  404  ok  403      403  401  403  403  403  403
key robots            ok  401  401  ok  403  403  403  403  403  403  403  401  ok  ok  ok  303  403  403  403  403  ok  ok  404  403  ok      403  401  403  403  403  403
key models            ok  401  401  ok  403  403  403  403  403  403  403  401  ok  ok  ok  303  403  403  403  403  ok  ok  404  403  403      403  401  403  403  403  ok
key billing:write     ok  401  401  ok  403  403  403  403  403  403  403  401  ok  ok  ok  303  403  403  403  403  ok  ok  404  403  403  ok  401  403  403  403  403
token of such a key   ok     401  401    ok     403        403    403  ok     403   403     403  401   ok   403     ok   303     403  403     403   403   ok      ok     404      403      403      403  401  403  403  403  403
token, key revoked    ok     401  401    401    401        401    401  401    401   401     401  401   401  401     ok   401     403  403     401   401   401     401    404      401      401      401  401  401  401  401  401
browser               ok     401  401    401    401        401    401  401    401   401     401  401   ok   401     ok   ok      ok   ok      401   401   ok      303    404      401      401      401  401  401  401  401  401
other's browser       ok     401  401    401    401        401    401  401    401   401     401  401   ok   401     ok   ok      ok   ok      401   401   ok      303    404      401      401      401  401  401  401  401  401
forged form           ok     401  401    401    401        401    401  401    401   401     401  401   ok   401     ok   ok      403  403     401   401   ok      303    404      401      401      401  401  401  401  401  401
visitor               ok     ok   ok     401    401        401    401  401    401   401     401  403   ok   401     ok   303     403  403     401   401   ok      ok     404      401      401      401  403  401  401  401  401
member                ok     ok   ok     ok     ok         ok     ok   ok     ok    403     403  403   ok   403     ok   303     403  403     ok    403   ok      ok     404      403      403      403  403  ok  ok  ok  403
member of other site  ok     ok   ok     ok     ok         ok     ok   ok     ok    403     403  403   ok   403     ok   303     403  403     ok    403   ok      ok     404      403      403      403  403  ok  ok  ok  403
site admin            ok     ok   ok     ok     ok         ok     ok   ok     ok    403     403  ok    ok   403     ok   303     403  403     ok    403   ok      ok     404      403      403      403  ok  ok  ok  ok  403
other site's admin    ok     ok   ok     ok     ok         ok     ok   ok     ok    403     403  ok    ok   403     ok   303     403  403     ok    403   ok      ok     404      403      403      403  404  ok  ok  ok  403
network admin         ok     ok   ok     ok     ok         ok     ok   ok     ok    403     403  ok    ok   403     ok   303     403  403     ok    403   ok      ok     404      403      403      403  ok  ok  ok  ok  403
network admin at b    ok     ok   ok     ok     ok         ok     ok   ok     ok    403     403  ok    ok   403     ok   303     403  403     ok    403   ok      ok     404      403      403      403  404  ok  ok  ok  403
network word alone    ok     ok   ok     ok     ok         ok     ok   ok     ok    403     403  403   ok   403     ok   303     403  403     ok    403   ok      ok     404      403      403      403  403  ok  ok  ok  403
shut out              ok     403  ok     403    403        403    403  403    403   403     403  403   ok   403     ok   403     403  403     403   403   403     403    404      403      403      403  403  403  403  403  403
disabled user         ok     403  ok     403    403        403    403  403    403   403     403  403   ok   403     ok   403     403  403     403   403   403     403    404      403      403      403  403  403  403  403  403
paused site's admin   ok     403  403    403    403        403    403  403    403   403     403  403   403  403     ok   403     403  403     403   403   403     403    404      403      403      403  403  403  403  403  403
copy of the site      ok     403  403    403    403        403    403  403    403   403     403  403   403  403     ok   403     403  403     403   403   403     403    404      403      403      403  403  403  403  403  403
"""
