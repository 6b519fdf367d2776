-- What helps to write a bulletin.

-- The day on which villages come for their health insurance is a campaign of its own.
INSERT INTO topics (code, title_vi, title_en, position) VALUES
    ('health-insurance', 'Bảo hiểm y tế', 'Health insurance', 25);
