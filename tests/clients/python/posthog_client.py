"""Sends through PostHog's Python library: posthog_client.py URL KEY RUN [COUNT] [v1]. Prints what was sent as one JSON line."""

import json
import sys
from datetime import datetime, timezone

from posthog import Posthog

host, key, run, *rest = sys.argv[1:]
count = int(rest[0]) if rest else 20
mode = {"capture_mode": "v1"} if "v1" in rest else {}
errors = []

client = Posthog(
    key,
    host=host,
    flush_at=15,
    flush_interval=0.2,
    gzip=True,
    max_retries=8,
    on_error=lambda error, items: errors.append(str(error)),
    **mode,
)
browser, user = f"{run}-browser", f"{run}-user"
at = datetime(2026, 3, 1, 8, 30, 0, 250000, tzinfo=timezone.utc)

client.capture(
    "$pageview",
    distinct_id=browser,
    properties={"$current_url": "https://klinikk.no/?utm_source=nyhetsbrev&utm_medium=email"},
)
client.capture("$identify", distinct_id=user, properties={"$anon_distinct_id": browser})
client.set(distinct_id=user, properties={"email": "Kari@Example.no"})
client.capture("Order Completed", distinct_id=user, timestamp=at, properties={"total": 990, "title": "Smil 😀 æøå"})
client.alias(previous_id=f"{run}-old", distinct_id=user)
client.group_identify("company", f"{run}-company", {"name": "Klinikk AS"}, distinct_id=user)
uuids = [client.capture("Counted", distinct_id=user, properties={"number": number}) for number in range(count)]
client.flush()
client.shutdown()
print(
    json.dumps(
        {"anonymousId": browser, "userId": user, "at": at.isoformat(), "sent": 6 + count, "uuids": uuids, "errors": errors}
    )
)
