"""Makes the events that every system is given: one Parquet file, the same for the same size and seed.

    python generate.py FILE EVENTS [--seed N]

A person's events lie around the time they first came: most within the first weeks, some much later. A few people do
most. Rows are in order of time apart from some that arrive a little late, as they do over a network.

No two events have the same millisecond. Systems differ in what they make of one person's events of one instant
(Suppilo takes them in the order of the steps, SQL in any order), and that is not what is measured here.
"""

import argparse
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

START_MS = 1_767_571_200_000  # Monday 2026-01-05T00:00:00Z, so that weeks of the data are weeks of the calendar
DAYS = 90
HOURS = DAYS * 24
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
EVENTS_PER_PERSON = 20
ROW_GROUP_ROWS = 1_000_000

STEPS = ["Page Viewed", "Product Viewed", "Checkout Started", "Order Completed"]
OTHERS = [
    "Session Started", "Page Scrolled", "Link Clicked", "Email Delivered", "Email Opened", "Button Clicked",
    "Search Performed", "Product List Viewed", "Email Link Clicked", "Product Added", "Cart Viewed", "Video Started",
    "Notification Sent", "Article Read", "Product Clicked", "Cart Abandoned", "Form Started", "Video Completed",
    "Product Removed", "Form Submitted", "Lead Captured", "Coupon Entered", "Coupon Applied", "Wishlist Updated",
    "Product Shared", "Review Read", "File Downloaded", "Signed In", "Signed Up", "Profile Updated",
    "Payment Info Entered", "Shipping Chosen", "Trial Started", "Feature Used", "Report Viewed", "Chat Opened",
    "Call Booked", "Meeting Held", "Quote Sent", "Quote Accepted", "Review Written", "Unsubscribed",
    "Subscription Changed", "Support Requested", "Order Refunded", "Account Closed",
]  # fmt: skip
EVENTS = STEPS + OTHERS
CHANNELS = [
    "organic search", "paid search", "newsletter", "direct", "referral", "social", "paid social", "affiliate",
    "partner", "podcast", "event", "display",
]  # fmt: skip
PLANS = ["free", "starter", "pro", "team", "enterprise"]
CAMPAIGNS = [f"campaign-{number:03}" for number in range(1_000)]
PATHS = ["/"] + [f"/{part}/{number}" for number in range(1, 200) for part in [("blog", "product", "docs")[number % 3]]]

# Shares of the steps among the events of people who are new, and of those who have been here before: together a
# third of all events. What is left falls from name to name.
NEW_SHARES = [0.31, 0.06, 0.015, 0.005]
KNOWN_SHARES = [0.165, 0.085, 0.042, 0.022]
NEW_MS = 2 * DAY_MS
# Between a person's first event and any other.
AGE_MEAN_MS = 10 * DAY_MS
# People came before the first day, too.
BEFORE_MS = 30 * DAY_MS

SCHEMA = pa.schema(
    [
        ("message_id", pa.string()),
        ("person", pa.int64()),
        ("time", pa.int64()),
        ("event", pa.string()),
        ("channel", pa.string()),
        ("plan", pa.string()),
        ("campaign", pa.string()),
        ("amount", pa.float64()),
        ("path", pa.string()),
    ]
)


def cumulative(shares):
    """Shares of all 50 names, summed up for searching: the steps' shares as given, the others falling."""
    falling = 0.94 ** np.arange(len(OTHERS))
    others = falling / falling.sum() * (1 - sum(shares))
    return np.cumsum(np.concatenate([shares, others]))


NEW_CUMULATIVE, KNOWN_CUMULATIVE = cumulative(NEW_SHARES), cumulative(KNOWN_SHARES)
FALLING_CAMPAIGNS = np.cumsum(1 / np.arange(3, len(CAMPAIGNS) + 3))


def mix(numbers):
    """One-to-one on 64-bit numbers and without visible order (the finaliser of splitmix64)."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def rows_until_hour(events):
    """How many of the rows come before each hour: few at night, most in the afternoon."""
    hours = np.arange(HOURS)
    weights = 1 + 0.6 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi)
    return np.concatenate([[0], np.round(np.cumsum(weights) / weights.sum() * events)]).astype(np.int64)


def times_of_hour(random, hour, count):
    """Different milliseconds in ascending order: one in each of `count` equal parts of the hour."""
    width = HOUR_MS / count
    if width < 1:
        raise SystemExit("more events than milliseconds: choose fewer events")
    return START_MS + hour * HOUR_MS + (np.arange(count) * width + random.random(count) * (width - 1)).astype(np.int64)


def people_of(random, times, people):
    """Who did it, and how long after their first event."""
    # Nobody came before BEFORE_MS: what lies further back is folded, or the first person would have done it all.
    age_ms = random.exponential(AGE_MEAN_MS, len(times)) % (times - START_MS + BEFORE_MS)
    first_ms = times - age_ms
    numbers = ((first_ms - START_MS + BEFORE_MS) / (DAYS * DAY_MS + BEFORE_MS) * people).astype(np.int64)
    luck = random.random(len(times))
    numbers = np.where(luck < 0.30, numbers - numbers % 8, numbers)
    numbers = np.where(luck < 0.05, numbers - numbers % 256, numbers)
    return numbers, times - first_ms


def chosen(names, codes, is_set):
    """A column of names, with nothing where it is not set."""
    codes = pa.array(codes.astype(np.int16), mask=~is_set)
    return pa.DictionaryArray.from_arrays(codes, names).cast(pa.string())


def hour_table(seed, hour, first_row, count, people):
    """The rows of an hour. The random numbers depend on the seed and the hour alone."""
    random = np.random.default_rng([seed, hour])
    times = times_of_hour(random, hour, count)
    persons, age_ms = people_of(random, times, people)
    is_new = age_ms < NEW_MS
    luck = random.random(count)
    events = np.where(is_new, np.searchsorted(NEW_CUMULATIVE, luck), np.searchsorted(KNOWN_CUMULATIVE, luck))
    events = np.minimum(events, len(EVENTS) - 1)

    habits = mix(persons.astype(np.uint64) ^ np.uint64(seed))
    strays = random.random(count) < 0.2
    channels = np.where(strays, random.integers(0, len(CHANNELS), count), habits % np.uint64(len(CHANNELS)))
    plans = (habits >> np.uint64(8)) % np.uint64(len(PLANS))
    campaigns = np.searchsorted(FALLING_CAMPAIGNS, random.random(count) * FALLING_CAMPAIGNS[-1])
    paths = (random.random(count) ** 2 * len(PATHS)).astype(np.int64)
    # Whole amounts: their sums are exact in whatever order they are added.
    amounts = np.ceil(random.lognormal(5, 1, count))

    # To 32 bits, one to one: nobody should gain from numbers that are in order of arrival.
    person_ids = (persons * 2_654_435_761) & 0xFFFFFFFF
    ids = mix(np.arange(first_row, first_row + count, dtype=np.uint64) ^ np.uint64(seed << 40))
    hexadecimal = ids.byteswap().tobytes().hex()
    message_ids = pa.StringArray.from_buffers(
        count, pa.py_buffer((np.arange(count + 1, dtype=np.int32) * 16).tobytes()), pa.py_buffer(hexadecimal.encode())
    )
    columns = [
        message_ids,
        person_ids,
        times,
        pa.DictionaryArray.from_arrays(pa.array(events.astype(np.int16)), EVENTS).cast(pa.string()),
        chosen(CHANNELS, channels, random.random(count) < np.where(is_new, 0.9, 0.05)),
        chosen(PLANS, plans, random.random(count) < 0.7),
        chosen(CAMPAIGNS, campaigns, random.random(count) < np.where(is_new, 0.5, 0.1)),
        pa.array(amounts, mask=events != EVENTS.index("Order Completed")),
        chosen(PATHS, paths, np.isin(events, [0, 1])),
    ]
    late = np.argsort(np.arange(count) + random.random(count) * 200)
    return pa.table([pa.array(column).take(late) for column in columns], schema=SCHEMA)


def write(path, events, seed):
    """The file, an hour at a time, so that its size costs no memory."""
    people = max(1, events // EVENTS_PER_PERSON)
    until = rows_until_hour(events)
    partial = f"{path}.partial"
    # Without the Arrow schema the file says "text", not "dictionary of texts", to every reader.
    with pq.ParquetWriter(partial, SCHEMA, compression="zstd", store_schema=False) as writer:
        waiting = []
        for hour in range(HOURS):
            count = int(until[hour + 1] - until[hour])
            if count > 0:
                waiting.append(hour_table(seed, hour, int(until[hour]), count, people))
            if waiting and (hour + 1 == HOURS or sum(map(len, waiting)) >= ROW_GROUP_ROWS):
                writer.write_table(pa.concat_tables(waiting).combine_chunks())
                waiting = []
    os.replace(partial, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("events", type=int)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    write(arguments.file, arguments.events, arguments.seed)
