"""Sends through Segment's Python library: segment_client.py URL KEY RUN [COUNT]. Prints what was sent as one JSON line."""

import json
import sys
from datetime import datetime, timezone

from segment.analytics import Client

host, key, run, *rest = sys.argv[1:]
count = int(rest[0]) if rest else 20
errors = []

analytics = Client(
    key,
    host=host,
    upload_size=15,
    upload_interval=0.2,
    gzip=True,
    max_retries=8,
    on_error=lambda error, items: errors.append(str(error)),
)
browser, user = f"{run}-browser", f"{run}-user"
at = datetime(2026, 3, 1, 8, 30, 0, 250000, tzinfo=timezone.utc)

analytics.page(
    anonymous_id=browser,
    name="Home",
    properties={"url": "https://klinikk.no/?utm_source=google&utm_medium=cpc&gclid=" + run},
)
analytics.track(anonymous_id=browser, event="Product Viewed", properties={"sku": "W-1", "price": 129.5})
analytics.identify(user, {"email": "Kari@Example.no", "plan": "care"}, anonymous_id=browser)
analytics.track(
    user,
    "Order Completed",
    {"total": 990, "currency": "NOK", "title": "Smil 😀 æøå"},
    timestamp=at,
    message_id=f"{run}-order",
)
analytics.group(user, f"{run}-company", {"name": "Klinikk AS"})
analytics.alias(f"{run}-old", user)
for number in range(count):
    analytics.track(user, "Counted", {"number": number}, message_id=f"{run}-{number}")
analytics.shutdown()
print(json.dumps({"anonymousId": browser, "userId": user, "at": at.isoformat(), "sent": 6 + count, "errors": errors}))
