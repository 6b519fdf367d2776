-- What an area lays down for itself and what lies in it; NULL: as the area above.

-- Whether the head approves ordinary bulletins of the village: 1 or 0.
ALTER TABLE areas ADD COLUMN head_may_approve BIGINT;
-- How many sessions a day may have.
ALTER TABLE areas ADD COLUMN sessions_per_day BIGINT;
-- Whether ordinary bulletins air on Saturday and Sunday: 1 or 0.
ALTER TABLE areas ADD COLUMN ordinary_on_weekends BIGINT;
-- Whether the limits of sessions are more than advice: 1 or 0.
ALTER TABLE areas ADD COLUMN limits_bind BIGINT;
