CREATE TABLE offers (
    id UUID PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    document JSON NOT NULL,
    is_published BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Numbers that the books ask to be without gaps. The row is locked from the moment a number is taken to the
-- end of the transaction: a number that is not used is never given out.
CREATE TABLE number_series (
    name TEXT PRIMARY KEY NOT NULL,
    last BIGINT NOT NULL
);

CREATE TABLE orders (
    id UUID PRIMARY KEY NOT NULL,
    number BIGINT NOT NULL UNIQUE,
    -- No cascade: the books outlive the contact's wish to be forgotten.
    contact_id UUID NOT NULL REFERENCES contacts (id),
    status TEXT NOT NULL,
    currency CHAR(3) NOT NULL,
    net_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    -- Net, tax and total by tax rate.
    taxes JSON NOT NULL,
    buyer JSON NOT NULL,
    locale TEXT NOT NULL,
    channel TEXT NOT NULL,
    invoice_number BIGINT UNIQUE,
    -- Calendar date in the company's zone, YYYY-MM-DD.
    due_on TEXT,
    -- Lower case number, invoice number, name, e-mail and company.
    search TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    invoiced_at BIGINT,
    paid_at BIGINT,
    cancelled_at BIGINT,
    refunded_at BIGINT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX orders_contact ON orders (contact_id);
CREATE INDEX orders_status ON orders (status, id);

CREATE TABLE order_lines (
    order_id UUID NOT NULL REFERENCES orders (id),
    number BIGINT NOT NULL,
    -- What was ordered, while the offer is there.
    offer_id UUID REFERENCES offers (id) ON DELETE SET NULL,
    description TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    unit_price_minor BIGINT NOT NULL,
    includes_tax BOOLEAN NOT NULL,
    tax_rate_bp BIGINT NOT NULL,
    net_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    PRIMARY KEY (order_id, number)
);
