"""Every code of a problem that the API answers: its status, what caused it, how to mend it.

`type` of a problem document points at this list on the page of documentation. A test compares it
with the codes in the source.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One kind of problem."""

    status: int
    cause: str
    fix: str


def _list(status: int, **problems: tuple[str, str]) -> dict[str, Problem]:
    return {code: Problem(status, *texts) for code, texts in problems.items()}


PROBLEMS: dict[str, Problem] = {
    **_list(
        400,
        bad_signature=(
            "The event is not signed by the payment provider for this address, or long ago; `why` says.",
            "Compare STRIPE_WEBHOOK_SECRET with the endpoint's secret, and the clocks.",
        ),
        bad_request=("The request cannot be understood as HTTP.", "Send it with a common client."),
        error=("Something that has no kind of its own.", "Read `detail`."),
    ),
    **_list(
        401,
        unauthorized=(
            "No key or token was sent, or a wrong, expired or revoked one.",
            "Send `Authorization: Bearer KEY` with a key that your dashboard's settings show as in use.",
        ),
        bad_token=(
            "A site's token is not signed by its secret, or not for this request.",
            "Sign method, address and body as they are sent, with the site's present secret.",
        ),
        bad_access_token=(
            "A short-lived token is wrong or has ended.",
            "Get another with your refresh token or your key.",
        ),
        bad_refresh_token=(
            "A refresh token is wrong, was used, or has ended.",
            "Exchange the API key for new tokens.",
        ),
        session_ended=("The person signed out of WordPress.", "Sign in again."),
        expired_token=(
            "A site's token is older than a minute.",
            "Set the clock of the WordPress server; `time` is ours.",
        ),
        replayed_token=("A site's token was used for two writes.", "Sign each request anew."),
    ),
    **_list(
        403,
        live_account=("A live account takes fills from its broker only.", "Use a journal."),
        forbidden=(
            "The asker is known and may not do this.",
            "Ask as somebody who may, or ask less.",
        ),
        plan_needed=(
            "Your plan does not include it, or no more of it: `feature` says what.",
            "Take the plan that `plan` names, or a larger one; keys and robots are kept until then.",
        ),
        second_factor_needed=(
            "Creators sign in with codes, and this one does not.",
            "Turn codes on in the account's security page.",
        ),
        cannot_sell=(
            "Something keeps the creator from selling: `hindrance` says what.",
            "`GET /api/creator` says what mends it.",
        ),
        member_only=(
            "A program asks for what only the member may do on a chart.",
            "Let the member do it on the desk, or draw something of your own.",
        ),
        people_only=(
            "A program with a key asks for a screen of its owner.",
            "Use the addresses under /api/; what has none there is for people.",
        ),
        missing_scope=(
            "The key lacks the scope that `scope` names.",
            "Make a key with this scope; the scopes of a key do not change.",
        ),
        address_not_allowed=(
            "The key is used from an address that its list does not hold.",
            "Call from an allowed address, or change the key's list.",
        ),
        scope_not_passed_on=(
            "A key cannot give another one a scope that it lacks.",
            "Ask with a key that has the scope, or at the dashboard.",
        ),
        network_not_passed_on=(
            "A key cannot give another one addresses that its own list does not hold.",
            "Ask for addresses within the key's own list.",
        ),
        key_needed=("Tokens are given for an API key only.", "Send the key itself."),
        view_only=(
            "An administrator reads a member's dashboard, and this is no part of it or would change something.",
            "Only the member can do this.",
        ),
        view_ended=("The view of a member's dashboard has ended.", "Open another one."),
        view_refused=(
            "Nobody opens a view of their own dashboard or of another administrator's, or of a member who is shut out.",
            "`detail` says which.",
        ),
        dashboard_closed=(
            "The site no longer opens the dashboard to this person.",
            "Ask the site's administrators.",
        ),
        user_deleted=("WordPress has deleted this user.", "Ask the operator of the service."),
        account_disabled=("The account is disabled.", "Ask who runs the site or the service."),
        site_paused=("The operator has paused this site's connection.", "Ask the operator."),
        site_url_mismatch=(
            "A site's secret is used from another address than the one it was connected at.",
            "Tell the service that the site has moved, or connect the copy as a site of its own.",
        ),
    ),
    **_list(
        404,
        not_a_creator=("The asker does not sell.", "`POST /api/creator` begins it."),
        no_plan=("The member pays for no plan there.", "Buy one first."),
        no_bars=("Nobody has brought in bars of the symbol.", "Ask for another symbol."),
        not_found=("There is no such thing, or it is not yours.", "Look for it in a list first."),
        account_not_found=(
            "There is no such trading account, or it is not yours.",
            "Take an `id` of `GET /api/ledger/accounts`.",
        ),
        event_not_found=("There is no such event in your ledger.", "Look at the account's trades."),
        chart_not_found=(
            "There is no such chart, or it is not yours.",
            "Take an `id` of `GET /api/charts`.",
        ),
        analysis_not_found=(
            "There is no such analysis, or it is not yours.",
            "Take an `id` of `GET /api/analyses`.",
        ),
        replay_not_found=(
            "There is no such replay, or it is not yours.",
            "Take an `id` of `GET /api/replays`.",
        ),
        run_not_found=("There is no such run of yours.", "Take an `id` of `GET /api/robots/runs`."),
        deployment_not_found=(
            "There is no such deployment of yours.",
            "Take an `id` of `GET /api/robots/deployments`.",
        ),
        import_not_found=("There is no such import of yours.", "Upload the file again."),
    ),
    **_list(
        405,
        method_not_allowed=("The address does not take this method.", "`Allow` says which."),
    ),
    **_list(
        409,
        ai_stopped=("The answer was ended by its member.", "Ask again."),
        offer_retired=("The offer was retired.", "Make a new one."),
        too_many_offers=("There are fifty offers already.", "Change one that there is."),
        split_set=("That day has another split.", "Choose another day."),
        period_settled=("A later period was settled.", "Nothing is left to do."),
        refunded_meanwhile=(
            "Some of the payment was given back since `refunded_minor` was read.",
            "Read the member's invoices again, then decide.",
        ),
        checkout_open=("Another plan is being bought at this moment.", "Try again in a moment."),
        own_offer=("A creator wants to buy what they sell.", "Others buy it."),
        creator_gone=("Who has sold it is erased.", "It ends, and costs nothing more."),
        has_plan=("A plan of this ladder is paid already.", "Change it."),
        same_plan=("This is the plan already.", "Nothing is left to do."),
        plan_planned=("A lower plan is to follow.", "Keep the present one, then switch."),
        plan_rests=("A payment is open, or the plan is paused.", "Pay it, or resume the plan."),
        plan_cancelled=("The plan is cancelled.", "Resume it first."),
        plan_begun=("The lower plan begins within minutes, or has begun.", "Upgrade again."),
        price_changed=(
            "The plan that would be kept costs something else by now.",
            "Look at the preview of a change to it, and make that change.",
        ),
        plan_runs=("The plan is neither cancelled nor paused.", "Nothing is left to do."),
        cannot_pause=("Only a running plan paid by the month can rest.", "Cancel it instead."),
        card_refused=(
            "The bank has refused the payment; nothing has changed.",
            "Change the payment method on the provider's pages.",
        ),
        journal_conflict=("It is in the journal with other amounts.", "Tell the operator."),
        pays_already=(
            "The member pays for a plan of this ladder.",
            "Cancel that first, then give the plan.",
        ),
        not_refundable=("Nothing of the payment can be given back.", "Read its invoice."),
        too_many_runs=("Five of your runs are not finished.", "Wait, or cancel one."),
        no_result=("The run has no result, yet or for good.", "Look at its `state`."),
        deployment_state=("The deployment's state does not allow it.", "Look at its `state`."),
        too_many_accounts=("You have ten accounts at brokers.", "Delete one."),
        key_known=("This key of a broker was added already.", "Delete that account first."),
        opening_not_yours=(
            "Only journals and copies have an opening that their owner says.",
            "Leave it: the record of this account begins with what its source reports.",
        ),
        conflict=("The request contradicts what is there.", "Read it again, then decide."),
        account_elsewhere=(
            "This person is linked to another account already.",
            "Sign in there, or ask the operator to link them.",
        ),
        case_decided=("The case has been answered.", "Read the answer; open a new case."),
        changed_meanwhile=(
            "Somebody changed it after you read it; `current` is the version now.",
            "Read it again and send `If-Match` with its `ETag`.",
        ),
        endpoint_disabled=("The webhook endpoint is disabled.", "Enable it first."),
        too_many_endpoints=("You have as many endpoints as one may.", "Delete one."),
        chart_changed=(
            "The chart has another version, or what is to be undone was changed again.",
            "`version` is the present one: read the chart again.",
        ),
        analysis_going=(
            "Another analysis of yours is still being made.",
            "Wait for it, or `POST /api/analyses/{analysis_id}/stop`.",
        ),
        analysis_not_done=(
            "The analysis has nothing to draw, or is not drawn.",
            "Read its `state` and `applied_version`.",
        ),
        drawn_over=("The same author drew something newer.", "Undo that first."),
        nothing_to_undo=("No change of that author is left.", "Read the chart's revisions."),
        too_many_replays=("You have as many replays as one may.", "Delete one."),
        too_many_charts=("You have as many charts as one may.", "Change one that there is."),
        has_name=("This is the name already.", "Nothing is left to do."),
        idempotency_in_progress=(
            "A request with this Idempotency-Key is being done.",
            "Send it again after `Retry-After` seconds.",
        ),
        import_state=("The import is at another step.", "Read its state first."),
        key_not_active=("The key is revoked, expired or replaced.", "Make a new key."),
        name_taken=("Somebody else has this name.", "Choose another."),
        opening_set=(
            "Another opening was said before; a record whose base changes is none.",
            "Leave it, or begin another account.",
        ),
        site_changed=("The site changed meanwhile.", "Read its state and try again."),
        site_disconnected=("The site's connection has ended.", "Connect it with a new code."),
        too_many_cases=("Too many cases are open.", "Wait until one is answered."),
        too_many_keys=("You have as many keys as one may.", "Revoke one that you do not use."),
        user_exists=("Somebody has this address already.", "Sign in instead."),
        user_unknown=(
            "The site has not introduced this WordPress user.",
            "Call `POST /api/wordpress/users` first.",
        ),
    ),
    **_list(
        412,
        precondition_failed=(
            "It was changed after you read it; `If-Match` names another version.",
            "Read it again and send `If-Match` with its `ETag`.",
        ),
    ),
    **_list(
        413,
        request_entity_too_large=("The body is larger than 25 MB.", "Send it in parts."),
        content_too_large=("The body is larger than 25 MB.", "Send it in parts."),
    ),
    **_list(
        415,
        unsupported_media_type=(
            "The body is not JSON in UTF-8, or it is compressed.",
            "Send it plain, with `Content-Type: application/json`.",
        ),
    ),
    **_list(
        422,
        too_large=("The file is larger than may be imported.", "Split it."),
        invalid=(
            "A field, parameter or header is wrong.",
            "`errors` names each by its `pointer` and says what it must be.",
        ),
        bad_cursor=("A cursor was not made by us for this list.", "Begin at the first page."),
        idempotency_key_reused=(
            "The Idempotency-Key was used for another request.",
            "Make a new key for each thing to be done.",
        ),
        bad_document=("A document is no chart of ours.", "`detail` says what; see the schema."),
        document_too_large=("A chart is larger than 256 KB.", "Remove drawings."),
        chart_full=("A chart has as many pieces as it may.", "Remove one first."),
        implausible=(
            "What was proposed cannot be meant for this market.",
            "Ask for another analysis.",
        ),
        outside_data=(
            "Something is drawn where the chart has no bars.",
            "`detail` says from when to when, or between which prices, it has.",
        ),
        has_drawings=(
            "The chart has drawings, which stay with their symbol.",
            "Make another chart for the other symbol.",
        ),
        unknown_symbol=("There are no bars of the symbol.", "Choose another one."),
        unknown_timeframe=("There are no bars of the timeframe.", "`detail` says which there are."),
        bad_bar_file=("A row of a file of bars is no bar.", "`row` and `field` say where."),
        malformed_symbol=("A symbol has none of the known forms.", "See the list of forms."),
        refused=("The ledger refuses the event.", "Mend the field that is named."),
        url_refused=(
            "The address is not one that the service may call.",
            "Give an https address that is reached from everywhere.",
        ),
        unusable_file=("The file has no readable rows.", "Read `detail`; save it as CSV in UTF-8."),
    ),
    **_list(
        428,
        precondition_required=(
            "The change does not say which version it was made for.",
            "Read the thing and send its `ETag` as `If-Match`.",
        ),
    ),
    **_list(
        429,
        rate_limited=(
            "More requests than the policy allows.",
            "Wait `Retry-After` seconds; read the RateLimit headers of each answer.",
        ),
        too_many=("Too many attempts.", "Wait `Retry-After` seconds."),
        ai_budget=(
            "What may be spent on models is used up; `scope` says whose, `resets_at` until when.",
            "Wait until then; the owner can set another limit.",
        ),
    ),
    **_list(
        500,
        internal=(
            "Something went wrong on our side; nothing was changed.",
            "Send it again in a minute with the same Idempotency-Key; then tell us `request_id`.",
        ),
    ),
    **_list(
        503,
        no_till=("No payment provider is set up.", "The operator sets STRIPE_API_KEY."),
        till_held=("The installation is held: it charges nobody.", "The operator releases it."),
        till_away=(
            "The payment provider does not answer.",
            "Try again in a minute; what was done is found and not done twice.",
        ),
        till_busy=("The member's payments are being worked on.", "Try again in a minute."),
        till_refused=("The payment provider does not accept the request.", "Tell the operator."),
        ai_away=("No model could answer; `reason` says why.", "Try again in a minute."),
        ai_answer=("A model's answer could not be used.", "Ask again, or ask something simpler."),
        unavailable=("Something that we depend on is away.", "Try again after `Retry-After`."),
        database_away=("The database does not answer.", "Try again after `Retry-After`."),
        database_busy=("Others write for longer than we wait.", "Try again after `Retry-After`."),
        storage_full=("There is no room left to write.", "Try again after `Retry-After`."),
        wrong_encryption_key=(
            "The operator started the service with another encryption key.",
            "Only the operator can mend it.",
        ),
    ),
}
