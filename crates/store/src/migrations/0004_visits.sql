-- Visits, as people are notified of them (iris_domain::visit). They refer to events, identities and people by their ids in `state`
-- without holding them: who is deleted is not named any more, and nothing waits for a visit to go. Names are not kept here.
CREATE TABLE visits (
    id         uuid        PRIMARY KEY,
    visitor    text        NOT NULL CHECK (visitor <> ''),
    -- The events in `state`, to find a visit by one of them.
    events     bigint[]    NOT NULL,
    state      jsonb       NOT NULL,
    revision   bigint      NOT NULL CHECK (revision > 0),
    -- When it is over, should the visitor not be seen again.
    due_at     timestamptz NOT NULL,
    ended_at   timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX visits_open_of_visitor ON visits (visitor) WHERE ended_at IS NULL;
CREATE INDEX visits_open_due ON visits (due_at) WHERE ended_at IS NULL;
CREATE INDEX visits_of_visitor ON visits (visitor, due_at);
CREATE INDEX visits_of_event ON visits USING gin (events);
CREATE INDEX visits_ended ON visits (ended_at) WHERE ended_at IS NOT NULL;

-- Who is to be told of a visit, and what they were told: a line for each target, however often the visit changes.
CREATE TABLE visit_deliveries (
    target        text        NOT NULL CHECK (target <> ''),
    visit_id      uuid        NOT NULL REFERENCES visits ON DELETE CASCADE,
    -- The newest revision that the target has taken; 0 when it knows nothing of the visit.
    told_revision bigint      NOT NULL DEFAULT 0 CHECK (told_revision >= 0),
    -- The visit as it was sent, while nobody knows whether the target has it: then it is sent again as it was.
    held          jsonb,
    -- Tries since the last that succeeded, and when the first of them was.
    attempts      integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    failing_since timestamptz CHECK ((attempts = 0) = (failing_since IS NULL)),
    -- When to tell it again; null while there is nothing to tell.
    next_attempt  timestamptz,
    PRIMARY KEY (target, visit_id)
);
CREATE INDEX visit_deliveries_of_visit ON visit_deliveries (visit_id);
CREATE INDEX visit_deliveries_waiting ON visit_deliveries (target, next_attempt) WHERE next_attempt IS NOT NULL;
