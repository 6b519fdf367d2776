-- What helps to write a bulletin.

-- The day on which villages come for their health insurance is a campaign of its own.
INSERT INTO topics (code, title_vi, title_en, position) VALUES
    ('health-insurance', 'Bảo hiểm y tế', 'Health insurance', 25);

-- On whose behalf a bulletin speaks, as its author wrote it; empty when nobody said.
ALTER TABLE bulletins ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT '';

-- Bodies that a form suggests for that. Data, not code: a commune may have others.
CREATE TABLE bodies (
    name TEXT PRIMARY KEY,
    position BIGINT NOT NULL
);

INSERT INTO bodies (name, position) VALUES
    ('Ủy ban nhân dân xã', 10),
    ('Đảng ủy xã', 20),
    ('Công an xã', 30),
    ('Trạm Y tế xã', 40),
    ('Trung tâm Phục vụ hành chính công xã', 50),
    ('Ban Chỉ huy quân sự xã', 60),
    ('Mặt trận Tổ quốc xã', 70),
    ('Hội Liên hiệp Phụ nữ xã', 80),
    ('Đoàn Thanh niên xã', 90),
    ('Hội Nông dân xã', 100),
    ('Hội Cựu chiến binh xã', 110),
    ('Hội Người cao tuổi xã', 120),
    ('Bảo hiểm xã hội', 130),
    ('Điện lực', 140),
    ('Trường học', 150),
    ('Trưởng thôn', 160);
