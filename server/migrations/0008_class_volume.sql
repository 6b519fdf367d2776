-- How much louder each class is at a station than its volume says.

ALTER TABLE stations ADD COLUMN
    -- JSON: class to decibels; a class that is not named is no louder.
    class_volume_db TEXT NOT NULL DEFAULT '{}';
