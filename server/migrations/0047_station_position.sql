-- Where a station stands, as people write it: degrees of latitude and longitude (WGS 84).

ALTER TABLE stations ADD COLUMN position TEXT;
