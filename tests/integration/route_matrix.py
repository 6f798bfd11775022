"""Who gets what from every route: the table that test_route_matrix.py holds the service to.

A new route needs a row here, a new kind of caller a line in CALLERS and in DOORS (route_doors.py). Nothing here is
read from the code: what a decorator says and what this table says must be the same by two people's
hands.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.factories.tenants import Body, Caller, by_browser, by_key, by_nobody, by_site, by_token
from tests.integration.route_administrators import ADMINISTRATORS
from tests.integration.route_bodies import BODIES
from tests.integration.route_doors import DOORS
from tests.integration.route_names import SCREENS

READ, BOSS = ("read",), ("read", "manage_options")
NETWORK = (*BOSS, "manage_network")

# One line a caller kind: how it asks, and whose objects are its own.
CALLERS = [
    Caller("nobody", by_nobody),
    Caller("wrong key", by_key("ada", "trp_live_wrong00.wrong")),
    Caller("revoked key", by_key("ada", "revoked")),
    Caller("disabled user's key", by_key("gone", "ledger:read")),
    Caller("key performance:read", by_key("ada", "performance:read"), "ada"),
    Caller("key ledger:read", by_key("ada", "ledger:read"), "ada"),
    Caller("key ledger:write", by_key("ada", "ledger:write"), "ada"),
    Caller("key profile:write", by_key("ada", "profile:write"), "ada"),
    Caller("key keys:write", by_key("ada", "keys:write"), "ada"),
    Caller("key webhooks:read", by_key("ada", "webhooks:read"), "ada"),
    Caller("key webhooks:write", by_key("ada", "webhooks:write"), "ada"),
    Caller("key market:read", by_key("ada", "market:read"), "ada"),
    Caller("key charts:read", by_key("ada", "charts:read"), "ada"),
    Caller("key charts:write", by_key("ada", "charts:write"), "ada"),
    Caller("key trading", by_key("ada", "trading"), "ada"),
    Caller("key robots", by_key("ada", "robots"), "ada"),
    Caller("key models", by_key("ada", "models"), "ada"),
    Caller("key billing:write", by_key("ada", "billing:write"), "ada"),
    Caller("token of such a key", by_token("ada", "ledger:read"), "ada"),
    Caller("token, key revoked", by_token("ada", "revoked")),
    Caller("browser", by_browser("ada"), "ada"),
    Caller("other's browser", by_browser("bob"), "bob", "b"),
    Caller("forged form", by_browser("ada", is_forged=True), "ada"),
    Caller("visitor", by_site("a", 0)),
    Caller("member", by_site("a", 7, *READ), "ada"),
    Caller("member of other site", by_site("b", 7, *READ), "bob", "b"),
    Caller("site admin", by_site("a", 1, *BOSS), "bossa", "a", is_admin=True),
    Caller("other site's admin", by_site("b", 1, *BOSS), "bossb", "b", is_admin=True),
    # A network's administrator is an administrator at each of its sites, and nothing more.
    Caller("network admin", by_site("a", 2, *NETWORK), "net", "a", is_admin=True),
    Caller("network admin at b", by_site("b", 2, *NETWORK), "net", "b", is_admin=True),
    Caller("network word alone", by_site("a", 8, *READ, "manage_network", "super_admin"), "amy"),
    Caller("shut out", by_site("a", 11, *READ), "shut"),
    Caller("disabled user", by_site("a", 12, *READ), "gone"),
    Caller("paused site's admin", by_site("paused", 1, *BOSS)),
    Caller("copy of the site", by_site("a", 1, *BOSS, surl="0" * 64), "bossa"),
]

# method, address, door, answer to who is let in, whose thing the address names ("-": nobody's).
# Of another's thing the answer is 404, and the same as of one that does not exist.
ROUTES = """
GET    /healthz                                                          public     200 -
GET    /static/<path:filename>                                           public     200 -
GET    /api/docs                                                         public     200 -
GET    /api/openapi.json                                                 public     200 -
GET    /api/performance/public/leaderboard                               public     200 -
POST   /api/wordpress/connect                                            open       422 -
GET    /api/me                                                           member     200 -
GET    /api/users/me                                                     member     200 -
PUT    /api/users/me                                                     profile    200 -
GET    /api/keys                                                         keys       200 -
POST   /api/keys                                                         keys       403 -
DELETE /api/keys/<int:key_id>                                            keys       204 key
POST   /api/keys/<int:key_id>/rotate                                     keys       403 key
POST   /api/tokens                                                       keyonly    201 -
POST   /api/tokens/refresh                                               counted    401 -
POST   /api/tokens/revoke                                                counted    204 -
GET    /api/ledger/accounts                                              ledger     200 -
GET    /api/ledger/accounts/<int:account_id>/opening                     ledger     200 account
PUT    /api/ledger/accounts/<int:account_id>/opening                     write      200 account
POST   /api/ledger/fills                                                 write      200 -
GET    /api/ledger/trades                                                ledger     200 -
GET    /api/ledger/trades?account_id={account}                           ledger     200 account
GET    /api/market/<symbol:symbol>/bars                                  market     200 -
GET    /api/market/<symbol:symbol>/price                                 market     200 -
GET    /api/levels/<symbol:symbol>                                       market     200 -
GET    /api/market/<symbol:symbol>/indicators/<kind>                     market     200 -
GET    /api/market/status                                                market     200 -
GET    /api/market/macro                                                 market     200 -
GET    /api/options/<symbol:symbol>/chain                                market     404 -
GET    /api/options/<symbol:symbol>/curves                               market     404 -
POST   /api/options/analysis                                             market     404 -
GET    /api/performance/<int:user_id>/<period>                           perf       200 user
GET    /api/performance/<int:user_id>/plugin/<plugin_id>/<period>        perf       200 user
GET    /api/charts                                                       charts     200 -
POST   /api/charts                                                       chartw     201 -
GET    /api/charts/<int:chart_id>                                        charts     200 chart
PATCH  /api/charts/<int:chart_id>                                        chartw     200 chart
DELETE /api/charts/<int:chart_id>                                        chartw     204 chart
POST   /api/charts/<int:chart_id>/restore                                chartw     200 chart
POST   /api/charts/<int:chart_id>/operations                             chartw     200 chart
POST   /api/charts/<int:chart_id>/undo                                   chartw     200 chart
GET    /api/charts/<int:chart_id>/revisions                              charts     200 chart
GET    /api/charts/<int:chart_id>/screenshot.png                         charts     200 chart
GET    /api/charts/<int:chart_id>/bars.csv                               charts     200 chart
GET    /api/charts/<int:chart_id>/share                                  charts     200 chart
POST   /api/charts/<int:chart_id>/share                                  person     201 chart
DELETE /api/charts/<int:chart_id>/share                                  chartw     204 chart
GET    /api/charts/shared/<token>                                        public     404 -
GET    /shared/charts/<token>                                            page       404 -
GET    /shared/charts/<token>/picture.png                                page       404 -
GET    /api/replays                                                      charts     200 -
POST   /api/replays                                                      chartw     201 -
GET    /api/replays/<int:replay_id>                                      charts     200 replay
DELETE /api/replays/<int:replay_id>                                      chartw     204 replay
POST   /api/replays/<int:replay_id>/step                                 chartw     200 replay
GET    /api/replays/<int:replay_id>/bars.csv                             charts     200 replay
GET    /api/plugins                                                      public     200 -
GET    /api/plugins/<plugin_id>                                          public     200 -
GET    /api/plans                                                        public     200 -
GET    /api/subscriptions                                                member     200 -
GET    /api/subscriptions/usage                                          member     200 -
GET    /api/subscriptions/current                                        member     200 -
POST   /api/subscriptions/checkout                                       billing    503 -
GET    /api/subscriptions/change/preview                                 billing    422 -
POST   /api/subscriptions/change                                         billing    503 -
POST   /api/subscriptions/cancel                                         billing    503 -
POST   /api/subscriptions/resume                                         billing    503 -
POST   /api/subscriptions/keep                                           billing    503 -
POST   /api/subscriptions/pause                                          billing    503 -
POST   /api/subscriptions/portal                                         billing    503 -
GET    /api/creator                                                      billing    404 -
POST   /api/creator                                                      billing    403 -
POST   /api/creator/onboarding                                           billing    503 -
POST   /api/creator/refresh                                              billing    404 -
GET    /api/creator/offers                                               billing    404 -
POST   /api/creator/offers                                               billing    404 -
PUT    /api/creator/offers/<int:offer_id>                                billing    428 -
POST   /api/creator/offers/<int:offer_id>/publish                        billing    503 -
POST   /api/creator/offers/<int:offer_id>/retire                         billing    404 -
GET    /api/creator/subscribers                                          billing    404 -
GET    /api/creator/earnings                                             billing    404 -
GET    /api/creator/statement                                            billing    422 -
GET    /api/creator/statement.csv                                        billing    422 -
POST   /api/billing/webhooks/stripe                                      public     400 -
POST   /api/live/tickets                                                 sitemember 204 -
GET    /api/live/chart                                                   charts     200 -
GET    /api/live/check                                                   member     204 -
GET    /api/wordpress/ping                                               wpsite     200 -
POST   /api/wordpress/changes                                            wpsite     200 -
POST   /api/wordpress/clicks                                             wpsite     204 -
POST   /api/wordpress/users                                              wpsite     403 -
PUT    /api/wordpress/site                                               admin      200 -
POST   /api/wordpress/rotate                                             admin      200 -
POST   /api/wordpress/disconnect                                         admin      200 -
POST   /api/wordpress/privacy/export                                     admin      200 -
POST   /api/wordpress/privacy/erase                                      admin      200 -
GET    /api/model-keys                                                   models     200 -
POST   /api/model-keys                                                   models     403 -
PUT    /api/model-keys/<provider>/limits                                 models     404 -
POST   /api/model-keys/<provider>/check                                  models     404 -
DELETE /api/model-keys/<provider>                                        models     404 -
GET    /api/webhooks                                                     hooks      200 -
POST   /api/webhooks                                                     hookw      201 -
GET    /api/webhooks/<int:endpoint_id>                                   hooks      200 endpoint
PATCH  /api/webhooks/<int:endpoint_id>                                   hookw      200 endpoint
DELETE /api/webhooks/<int:endpoint_id>                                   hookw      200 endpoint
POST   /api/webhooks/<int:endpoint_id>/rotate                            hookw      200 endpoint
POST   /api/webhooks/<int:endpoint_id>/test                              hookw      202 endpoint
POST   /api/webhooks/<int:endpoint_id>/replay                            hookw      202 endpoint
GET    /api/webhooks/<int:endpoint_id>/deliveries                        hooks      200 endpoint
GET    /api/webhooks/<int:endpoint_id>/deliveries/<int:delivery_id>      hooks      200 delivery
POST   /api/webhooks/<int:endpoint_id>/deliveries/<int:delivery_id>/replay hookw    202 delivery
GET    /account/                                                         ownpage    200 -
GET    /account/address                                                  ownpage    200 -
POST   /account/address                                                  ownform    303 -
GET    /account/password                                                 ownpage    200 -
POST   /account/password                                                 ownform    303 -
GET    /account/password-again                                           ownpage    200 -
POST   /account/password-again                                           ownform    422 -
GET    /account/security                                                 ownpage    200 -
POST   /account/security/begin                                           ownform    303 -
POST   /account/security/codes                                           ownform    409 -
POST   /account/security/confirm                                         ownform    409 -
POST   /account/security/off                                             ownform    422 -
POST   /account/sessions/<int:session_id>/revoke                         ownform    303 session
POST   /account/sessions/revoke-others                                   ownform    303 -
POST   /account/sites/<site_id>/cut-off                                  ownform    303 site
GET    /account/keys                                                     ownpage    200 -
POST   /account/keys                                                     ownform    200 -
POST   /account/keys/<int:key_id>/rotate                                 ownform    200 key
POST   /account/keys/<int:key_id>/revoke                                 ownform    303 key
GET    /account/plan                                                     ownpage    200 -
POST   /account/plan/<action>                                            ownform    422 -
GET    /account/creator                                                  ownpage    200 -
POST   /account/creator/join                                             ownform    403 -
POST   /account/creator/onboarding                                       ownform    503 -
POST   /account/creator/refresh                                          ownform    404 -
POST   /account/creator/offers                                           ownform    404 -
POST   /account/creator/offers/<int:offer_id>/publish                    ownform    503 -
POST   /account/creator/offers/<int:offer_id>/retire                     ownform    404 -
GET    /account/creator/statement.csv                                    ownpage    404 -
GET    /account/brokers                                                  ownpage    200 -
POST   /account/brokers                                                  ownform    303 -
POST   /account/brokers/<int:account_id>/<state>                         ownform    303 broker
POST   /account/brokers/<int:account_id>/delete                          ownform    303 broker
GET    /account/model-keys                                               ownpage    200 -
POST   /account/model-keys                                               ownform    403 -
POST   /account/model-keys/<provider>/check                              ownform    404 -
POST   /account/model-keys/<provider>/limits                             ownform    404 -
POST   /account/model-keys/<provider>/delete                             ownform    404 -
GET    /account/mails                                                    ownpage    200 -
POST   /account/mails                                                    ownform    303 -
GET    /mail/unsubscribe                                                 public     404 -
GET    /mail/go                                                          public     404 -
POST   /mail/unsubscribe                                                 public     404 -
GET    /account/own-data                                                 ownpage    200 -
POST   /account/own-data/copy                                            ownform    303 -
POST   /account/own-data/fetch                                           ownform    404 -
POST   /account/own-data/erasure                                         ownform    422 -
POST   /account/own-data/erasure/cancel                                  ownform    303 -
POST   /account/sign-out                                                 ownform    303 -
GET    /account/code                                                     page       303 -
POST   /account/code                                                     form       303 -
GET    /account/confirm                                                  page       404 -
POST   /account/confirm                                                  form       404 -
GET    /account/forgot                                                   page       200 -
POST   /account/forgot                                                   form       303 -
GET    /account/mail-sent                                                page       200 -
GET    /account/new-address                                              page       404 -
POST   /account/new-address                                              form       404 -
GET    /account/reset                                                    page       404 -
POST   /account/reset                                                    form       404 -
GET    /account/sign-in                                                  signin     200 -
POST   /account/sign-in                                                  form       422 -
GET    /account/sign-up                                                  page       200 -
POST   /account/sign-up                                                  form       303 -
GET    /embed/performance                                                site       200 -
GET    /embed/leaderboard-table                                          site       200 -
GET    /embed/marketplace                                                site       200 -
GET    /embed/robot-cards                                                site       200 -
GET    /embed/robot/<plugin_id>                                          site       200 -
GET    /embed/pricing                                                    site       200 -
GET    /embed/dashboard                                                  person     200 -
GET    /embed/dashboard-overview                                         person     200 -
GET    /embed/dashboard-robots                                           person     200 -
GET    /embed/dashboard-journal                                          person     200 -
GET    /embed/dashboard-accounts                                         person     200 -
GET    /embed/dashboard-settings                                         person     200 -
GET    /embed/dashboard-options                                          person     200 -
POST   /embed/positions                                                  person     422 -
POST   /embed/positions/<key>                                            person     422 -
POST   /embed/positions/<key>/delete                                     person     404 -
GET    /api/portfolio                                                    ledger     200 -
GET    /api/portfolio/greeks                                             ledger     200 -
POST   /api/portfolio/what-if                                            ledger     200 -
GET    /embed/macro                                                      person     200 -
GET    /embed/dashboard-plan                                             person     200 -
GET    /embed/plan                                                       person     200 -
POST   /embed/plan/checkout                                              person     422 -
POST   /embed/plan/portal                                                person     422 -
POST   /embed/plan/change                                                person     422 -
POST   /embed/plan/cancel                                                person     422 -
POST   /embed/plan/pause                                                 person     422 -
POST   /embed/plan/resume                                                person     422 -
POST   /embed/plan/keep                                                  person     422 -
GET    /embed/plan-now                                                   person     200 -
GET    /embed/missing                                                    person     200 -
POST   /embed/seen                                                       person     204 -
GET    /embed/first-steps                                                person     200 -
POST   /embed/first-steps/dismiss                                        person     200 -
POST   /embed/accounts/<int:account_id>/opening                          person     200 account
GET    /embed/model-keys                                                 person     200 -
POST   /embed/model-keys                                                 person     422 -
POST   /embed/model-keys/check                                           person     404 -
POST   /embed/model-keys/limits                                          person     404 -
POST   /embed/model-keys/delete                                          person     404 -
GET    /embed/webhooks                                                   person     200 -
POST   /embed/webhooks                                                   person     200 -
GET    /embed/webhooks/<int:endpoint_id>                                 person     200 endpoint
POST   /embed/webhooks/<int:endpoint_id>/delete                          person     200 endpoint
POST   /embed/webhooks/<int:endpoint_id>/disable                         person     200 endpoint
POST   /embed/webhooks/<int:endpoint_id>/enable                          person     200 endpoint
POST   /embed/webhooks/<int:endpoint_id>/rotate                          person     200 endpoint
POST   /embed/webhooks/<int:endpoint_id>/test                            person     200 endpoint
POST   /embed/webhooks/<int:endpoint_id>/deliveries/<int:delivery_id>/replay person     200 delivery
GET    /api/trading-accounts                                             trading    200 -
POST   /api/trading-accounts                                             trading    201 -
PATCH  /api/trading-accounts/<int:account_id>                            trading    200 broker
DELETE /api/trading-accounts/<int:account_id>                            trading    204 broker
POST   /api/robots/runs                                                  robots     201 -
GET    /api/robots/runs                                                  robots     200 -
GET    /api/robots/runs/<int:run_id>                                     robots     200 run
POST   /api/robots/runs/<int:run_id>/cancel                              robots     200 run
GET    /api/robots/runs/<int:run_id>/trades.csv                          robots     409 run
POST   /api/robots/deployments                                           robots     201 -
GET    /api/robots/deployments                                           robots     200 -
GET    /api/robots/deployments/<int:deployment_id>                       robots     200 deployment
POST   /api/robots/deployments/<int:deployment_id>/pause                 robots     200 deployment
POST   /api/robots/deployments/<int:deployment_id>/resume                robots     200 deployment
POST   /api/robots/deployments/<int:deployment_id>/stop                  robots     200 deployment
PUT    /api/robots/deployments/<int:deployment_id>/parameters            robots     200 deployment
GET    /api/robots/deployments/<int:deployment_id>/orders                robots     200 deployment
GET    /api/robots/deployments/<int:deployment_id>/positions             robots     200 deployment
GET    /embed/broker-accounts                                            person     200 -
POST   /embed/broker-accounts                                            person     200 -
POST   /embed/broker-accounts/<int:account_id>/delete                    person     200 broker
POST   /embed/broker-accounts/<int:account_id>/off                       person     200 broker
POST   /embed/broker-accounts/<int:account_id>/on                        person     200 broker
GET    /embed/mail-settings                                              person     200 -
POST   /embed/mail-settings                                              person     200 -
GET    /embed/own-data                                                   person     200 -
POST   /embed/own-data/copy                                              person     200 -
POST   /embed/own-data/link                                              person     422 -
POST   /embed/own-data/erasure                                           person     422 -
POST   /embed/own-data/erasure/cancel                                    person     200 -
POST   /api/privacy/downloads                                            person     404 -
GET    /metrics                                                          operator   200 -
GET    /embed/robot-choice                                               person     200 -
GET    /embed/robot-settings/<plugin_id>                                 person     200 -
GET    /embed/deployments                                                person     200 -
POST   /embed/deployments                                                person     200 -
GET    /embed/deployments/<int:deployment_id>                            person     200 deployment
GET    /embed/deployments/<int:deployment_id>/now                        person     200 deployment
POST   /embed/deployments/<int:deployment_id>/pause                      person     200 deployment
POST   /embed/deployments/<int:deployment_id>/resume                     person     200 deployment
POST   /embed/deployments/<int:deployment_id>/stop                       person     200 deployment
POST   /embed/deployments/<int:deployment_id>/parameters                 person     200 deployment
GET    /embed/backtests                                                  person     200 -
POST   /embed/backtests                                                  person     200 -
GET    /embed/backtests/<int:run_id>                                     person     200 run
POST   /embed/backtests/<int:run_id>/cancel                              person     200 run
GET    /embed/backtest-form/<plugin_id>                                  person     200 -
GET    /embed/backtest-trades/<int:run_id>                               person     200 run
GET    /embed/backtest-csv/<int:run_id>                                  person     422 run
GET    /embed/import-form                                                person     200 -
POST   /embed/imports                                                    person     200 -
GET    /embed/imports/<int:import_id>                                    person     200 import
POST   /embed/imports/<int:import_id>/start                              person     200 import
POST   /embed/imports/<int:import_id>/cancel                             person     200 import
GET    /embed/api-keys                                                   person     200 -
POST   /embed/api-keys                                                   person     200 -
POST   /embed/api-keys/<int:key_id>/revoke                               person     200 key
POST   /embed/api-keys/<int:key_id>/rotate                               person     200 key
GET    /embed/public-name                                                person     200 -
POST   /embed/public-name                                                person     200 -
POST   /embed/public-name/withdraw                                       person     200 -
GET    /embed/reports                                                    person     200 -
POST   /embed/reports                                                    person     200 -
"""


@dataclass(frozen=True)
class Row:
    """One line of ROUTES."""

    method: str
    address: str
    door: str
    good: int
    names: str

    @property
    def name(self) -> str:
        """Method and address, by which BODIES knows it too."""
        return f"{self.method} {self.address}"

    def body(self) -> Body:
        """Return what is sent."""
        found = BODIES.get(self.name, Body())
        return found() if callable(found) else found


def rows() -> list[Row]:
    """Return the lines of all tables."""
    found = [
        line.split()
        for line in (ROUTES.rstrip() + ADMINISTRATORS.rstrip() + SCREENS).strip().splitlines()
    ]
    return [Row(method, path, door, int(good), names) for method, path, door, good, names in found]


def doors() -> dict[str, dict[str, str]]:
    """Return by door what it says to each caller."""
    head, *lines = DOORS.strip("\n").splitlines()
    start = head.index("public")
    names = head[start:].split()
    table = {line[:start].strip(): line[start:].split() for line in lines}
    return {
        name: {caller: cells[index] for caller, cells in table.items()}
        for index, name in enumerate(names)
    }
