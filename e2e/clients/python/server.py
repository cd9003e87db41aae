"""OpenFeature's client for Python: one request an evaluation."""

import json
import sys
import time
import traceback
from datetime import datetime, timezone

import requests
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

with open(sys.argv[1], encoding="utf-8") as file:
    # The server's address, keys, and what the engine decides: see openfeature.rs.
    WORLD = json.load(file)
USER = EvaluationContext("user-1")


def client(domain, key):
    headers = {"X-API-Key": key}
    provider = OFREPProvider(WORLD["url"], headers_factory=lambda: headers)
    api.set_provider(provider, domain)
    return api.get_client(domain)


def configure(flag, patch):
    response = requests.patch(
        f"{WORLD['flags']}/{flag}",
        data=json.dumps(patch),
        headers={
            "authorization": f"Bearer {WORLD['token']}",
            "content-type": "application/merge-patch+json",
        },
        timeout=20,
    )
    assert response.status_code == 200, response.text


FLAGS = client("server", WORLD["server_key"])


def every_type_has_its_value_variant_reason_and_metadata():
    on = FLAGS.get_boolean_details("toggled", False, USER)
    assert (on.value, on.variant, on.reason) == (True, "on", Reason.STATIC), on
    assert on.flag_metadata["reason"] == "STATIC", on
    assert on.flag_metadata["flagVersion"] > 0, on
    assert FLAGS.get_string_value("text", "", USER) == "hello"
    assert FLAGS.get_integer_value("count", 0, USER) == 7
    # Written as 2, beside 0.5: a getter of floats takes no integer.
    ratio = FLAGS.get_float_details("ratio", 0.0, USER)
    assert (ratio.value, ratio.error_code) == (2.0, None), ratio
    assert FLAGS.get_object_value("tree", {}, USER) == {"a": [1, 2.5], "b": None}


def targeting_looks_at_the_context():
    german = FLAGS.get_string_details(
        "targeted", "", EvaluationContext("user-1", {"country": "DE"})
    )
    assert (german.value, german.reason) == ("guten Tag", Reason.TARGETING_MATCH), german
    assert german.flag_metadata["rule"] == "german", german
    other = FLAGS.get_string_details("targeted", "", USER)
    assert (other.value, other.reason) == ("hello", Reason.DEFAULT), other
    # Its JSON knows no dates.
    since = datetime(2026, 3, 1, tzinfo=timezone.utc).isoformat()
    assert FLAGS.get_boolean_value("dated", False, EvaluationContext(None, {"since": since}))


def a_percentage_holds_for_the_same_units_as_in_the_engine():
    for unit, value in WORLD["units"]:
        details = FLAGS.get_string_details("split", "none", EvaluationContext(unit))
        assert (details.value, details.reason) == (value, Reason.SPLIT), (unit, details)


def a_switch_is_seen_by_the_next_evaluation():
    configure("toggled", {"enabled": False})
    off = FLAGS.get_boolean_details("toggled", True, USER)
    assert (off.value, off.variant, off.reason) == (False, "off", Reason.DISABLED), off
    configure("toggled", {"enabled": True})
    assert FLAGS.get_boolean_value("toggled", False, USER)


def what_cannot_be_evaluated_serves_the_default_and_says_why():
    unknown = FLAGS.get_boolean_details("unknown", True, USER)
    assert (unknown.value, unknown.error_code) == (True, ErrorCode.FLAG_NOT_FOUND), unknown
    mismatch = FLAGS.get_float_details("text", 5.0, USER)
    assert (mismatch.value, mismatch.error_code) == (5.0, ErrorCode.TYPE_MISMATCH), mismatch
    unitless = FLAGS.get_string_details("split", "none", EvaluationContext())
    assert unitless.error_code == ErrorCode.TARGETING_KEY_MISSING, unitless
    stranger = client("stranger", "serin_server_wrong")
    refused = stranger.get_boolean_details("toggled", False, USER)
    assert (refused.value, refused.error_code) == (False, ErrorCode.GENERAL), refused
    hidden = client("client", WORLD["client_key"]).get_boolean_details("hidden", False, USER)
    assert hidden.error_code == ErrorCode.FLAG_NOT_FOUND, hidden


def too_many_requests_are_held_back_until_the_server_says():
    busy = client("busy", WORLD["busy_key"])
    messages = [
        busy.get_boolean_details("toggled", False, USER).error_message or "" for _ in range(200)
    ]
    assert any("Rate limited, retry after: 1" in message for message in messages), messages
    assert any("paused due to TooManyRequests" in message for message in messages), messages
    end = time.monotonic() + 20
    while busy.get_boolean_details("toggled", False, USER).error_code:
        assert time.monotonic() < end, "no evaluation after the wait"
        time.sleep(0.05)


for story in (
    every_type_has_its_value_variant_reason_and_metadata,
    targeting_looks_at_the_context,
    a_percentage_holds_for_the_same_units_as_in_the_engine,
    a_switch_is_seen_by_the_next_evaluation,
    what_cannot_be_evaluated_serves_the_default_and_says_why,
    too_many_requests_are_held_back_until_the_server_says,
):
    name = story.__name__.replace("_", " ")
    try:
        story()
    except Exception:  # noqa: BLE001: whatever it is, it is the story that failed
        print(f"FAILED: {name}", file=sys.stderr)
        traceback.print_exc()
        sys.exit(1)
    print(f"ok: {name}")
