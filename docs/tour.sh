#!/usr/bin/env bash
# The bridge in five minutes, from the command line: a promise is made, checked, honoured in two
# parts, refused the third time, and its outcome comes back, signed.
#
#   docs/tour.sh [BASE_URL]          default http://127.0.0.1:8080
#
# It talks to a running demo (`make up`). With STORES=FILE and CONVERSATIONS=FILE it also imports a
# directory of stores and replays conversations first, through `bridge stores import` and
# `bridge intake replay` (docs/examples/ has one of each); without them it captures one post by
# hand. Needs bash and the environment that `make up` made.
set -euo pipefail

BASE="${1:-http://127.0.0.1:8080}"
API="$BASE/api/v1"
HERE="$(cd "$(dirname "$0")/.." && pwd)"
BRIDGE="${BRIDGE:-$HERE/.venv/bin/bridge}"
PYTHON="${PYTHON:-$HERE/.venv/bin/python}"
PASSWORD="${PASSWORD:-northlight-demo-2026}"
STORE="${STORE:-10}"
RUN="$(date +%s)-$$"
WORK="$(mktemp -d)"
RECEIVER=""
trap '[ -z "$RECEIVER" ] || kill "$RECEIVER" 2>/dev/null; rm -rf "$WORK"' EXIT

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'tour: %s\n' "$*" >&2; exit 1; }
field() { "$PYTHON" -c 'import json,sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    value = value[int(name)] if isinstance(value, list) else value[name]
print("" if value is None else value)' "$1"; }
expect() { [ "$2" = "$3" ] || fail "$1: expected $3, got $2"; printf '   %-44s %s\n' "$1" "$2"; }
call() { # METHOD PATH TOKEN [BODY] -> the body; fails on 4xx and 5xx unless ALLOW is set
    local method="$1" path="$2" token="$3" body="${4:-}"
    local key=""
    [ "$method" != POST ] || key="${KEY:-tour-$RUN-$RANDOM$RANDOM}"
    STATUS="$("$PYTHON" "$HERE/docs/tour_http.py" "$method" "$API$path" "$token" "$key" "$body" "$WORK/body")"
    if { [ "$STATUS" = 000 ] || [ "$((10#$STATUS))" -ge 400 ]; } && [ -z "${ALLOW:-}" ]; then
        fail "$method $path answered $STATUS: $(cat "$WORK/body")"
    fi
    cat "$WORK/body"
}
sign_in() { call POST /session "" "{\"email\": \"$1@demo.example\", \"password\": \"$PASSWORD\", \"device_name\": \"tour\"}" | field token; }

READY="$("$PYTHON" "$HERE/docs/tour_http.py" GET "$BASE/readyz" "" "" "" "$WORK/body")"
[ "$READY" = 200 ] || fail "nothing is ready at $BASE; start it with: make up"

if [ -n "${STORES:-}" ]; then
    say "Import a directory of stores (twice: the second time nothing changes)"
    "$BRIDGE" stores import "$STORES"
    "$BRIDGE" stores import "$STORES"
fi
if [ -n "${CONVERSATIONS:-}" ]; then
    say "Replay conversations into the agents' queue"
    "$BRIDGE" intake replay "$CONVERSATIONS"
fi

say "Ana, Ada and Priya sign in"
ANA="$(sign_in ana)"; ADA="$(sign_in ada)"; PRIYA="$(sign_in priya)"
printf '   %s\n' "three sessions"

say "Ada registers a receiver for signed webhooks"
"$PYTHON" "$HERE/docs/tour_receiver.py" "$WORK/received" >"$WORK/port" &
RECEIVER=$!
for _ in $(seq 50); do [ -s "$WORK/port" ] && break; sleep 0.1; done
[ -s "$WORK/port" ] || fail "the local receiver did not start"
call POST /webhooks "$ADA" "{\"url\": \"${RECEIVER_URL:-http://127.0.0.1:$(cat "$WORK/port")/hook}\", \"topics\": [\"escalation.honoured\", \"escalation.honoured_part\"], \"description\": \"tour $RUN\"}" >"$WORK/webhook"
field secret <"$WORK/webhook" >"$WORK/secret"
WEBHOOK="$(field id <"$WORK/webhook")"
printf '   %s\n' "webhook $WEBHOOK"

say "Ana captures a post and claims its thread"
call POST /threads "$ANA" "{\"network\": \"x\", \"permalink\": \"https://x.com/maria_tour/status/${RUN//[^0-9]/}\", \"handle\": \"maria_tour\", \"text\": \"My CD box came with a disc missing and I have no receipt. The shop sent me away.\", \"posted_at\": \"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}" >"$WORK/thread"
THREAD="$(field thread_id <"$WORK/thread")"
call POST "/threads/$THREAD/claim" "$ANA" '{}' >/dev/null
printf '   %s\n' "thread $THREAD is Ana's"

say "She promises an exchange up to 40.00, without receipt, at store $STORE"
call POST /escalations "$ANA" "{\"thread_id\": \"$THREAD\", \"store_scope\": \"one\", \"store_number\": \"$STORE\", \"second_promise_reason\": \"the tour\", \"lines\": [{\"type\": \"exchange\", \"level\": \"authorise\", \"item\": \"CD box set\", \"amount_minor\": 4000, \"waives\": [\"receipt\"]}]}" >"$WORK/made"
CODE="$(field code <"$WORK/made")"
ESCALATION="$(field id <"$WORK/made")"
expect "status" "$(field status <"$WORK/made")" issued
call GET "/escalations/$ESCALATION/texts" "$ANA" >"$WORK/texts"
printf '   for the customer, in private: %s\n' "$(field private <"$WORK/texts")"
printf '   in public:                    %s\n' "$(field public <"$WORK/texts")"

say "The customer shows the code at the counter; Priya of store $STORE looks it up"
look_up() { call POST /counter/look-up "$PRIYA" "{\"code\": \"$CODE\", \"source\": \"typed\"}"; }
look_up >"$WORK/seen"
expect "verdict" "$(field verdict <"$WORK/seen")" genuine
expect "promised by" "$(field escalation.promised_by.name <"$WORK/seen")" Ana
printf '   %-44s %s\n' "by the right" "$(field escalation.lines.0.grant <"$WORK/seen")" \
    "up to (minor units)" "$(field escalation.lines.0.grant_limit_minor <"$WORK/seen")" \
    "until" "$(field escalation.valid_until <"$WORK/seen")"

say "She gives 25.00 of it; 15.00 are left"
LOOK_UP="$(field look_up_id <"$WORK/seen")"
call POST /counter/decisions "$PRIYA" "{\"action\": \"honour\", \"look_up_id\": \"$LOOK_UP\", \"amount_minor\": 2500}" >"$WORK/part"
expect "remaining" "$(field remaining_minor <"$WORK/part")" 1500
look_up >"$WORK/seen"
expect "verdict" "$(field verdict <"$WORK/seen")" genuine_part_left

say "She honours the rest"
LOOK_UP="$(field look_up_id <"$WORK/seen")"
call POST /counter/decisions "$PRIYA" "{\"action\": \"honour\", \"look_up_id\": \"$LOOK_UP\"}" >"$WORK/rest"
expect "status" "$(field status <"$WORK/rest")" honoured

say "The same code again, on another device"
PRIYA="$(call POST /session "" "{\"email\": \"priya@demo.example\", \"password\": \"$PASSWORD\", \"device_name\": \"tour, second till\"}" | field token)"
look_up >"$WORK/seen"
expect "verdict" "$(field verdict <"$WORK/seen")" already_used
printf '   %-44s %s\n' "when" "$(field escalation.last_decision.at <"$WORK/seen")" \
    "who" "$(field escalation.last_decision.person <"$WORK/seen")" \
    "how much (minor units)" "$(field escalation.last_decision.amount_minor <"$WORK/seen")"
ALLOW=1 call POST /counter/decisions "$PRIYA" "{\"action\": \"honour\", \"code\": \"$CODE\"}" >"$WORK/refused"
expect "a third honour is refused" "$(field status <"$WORK/refused") $(field code <"$WORK/refused")" "409 already_used"

say "The outcome comes back"
call GET /board "$ANA" >"$WORK/board"
expect "on Ana's board" "$(field items.0.topic <"$WORK/board")" escalation.honoured
for _ in $(seq 300); do
    [ "$(grep -ls "$ESCALATION" "$WORK"/received/* 2>/dev/null | wc -l)" -ge 2 ] && break
    sleep 0.1
done
"$PYTHON" "$HERE/docs/tour_receiver.py" --verify "$WORK/secret" "$WORK/received" || fail "no verified webhook"

say "History and books"
call GET "/escalations/$ESCALATION/history" "$ANA" | "$PYTHON" -c 'import json,sys
for entry in json.load(sys.stdin)["timeline"]:
    print("   {seq} {at} {action:<14} {actor}".format(**entry))'
if [ -x "$BRIDGE" ]; then
    "$BRIDGE" reconcile
    "$BRIDGE" audit verify
fi
call DELETE "/webhooks/$WEBHOOK" "$ADA" >/dev/null

say "Done."
