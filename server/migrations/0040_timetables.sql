-- When the sessions of an area begin in each season, and its holidays: programme::timetable::Timetable
-- as JSON; NULL: it says neither. Seasons are those of the nearest area that has some, holidays add up.
ALTER TABLE areas ADD COLUMN timetable TEXT;
