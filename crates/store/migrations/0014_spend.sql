-- What a channel cost on a day. Names no person.
CREATE TABLE spend (
    id UUID PRIMARY KEY NOT NULL,
    -- Calendar date in the company's zone, YYYY-MM-DD.
    day TEXT NOT NULL,
    channel TEXT NOT NULL,
    -- Empty when the amount is for the channel as a whole.
    campaign TEXT NOT NULL,
    currency CHAR(3) NOT NULL,
    amount_minor BIGINT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (day, channel, campaign, currency)
);
