-- Alarms: what was wrong with a station, since when until when, and who knows of it.
CREATE TABLE alarms (
    id TEXT PRIMARY KEY,
    station_id TEXT NOT NULL REFERENCES stations (id),
    -- 'away', or a name of programme::wire::FaultName.
    about TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    -- NULL while it goes on.
    until_ms BIGINT
);
-- What is wrong already is no second alarm.
CREATE UNIQUE INDEX alarms_that_go_on ON alarms (station_id, about) WHERE until_ms IS NULL;
CREATE INDEX alarms_by_station ON alarms (station_id, until_ms);

CREATE TABLE alarms_known (
    alarm_id TEXT NOT NULL REFERENCES alarms (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    at_ms BIGINT NOT NULL,
    -- Who told them; NULL where they saw it on the panel.
    told_by_id TEXT REFERENCES people (id),
    PRIMARY KEY (alarm_id, person_id)
);
