//! A town in which people have lived for a while: something of everything has happened, so that
//! each page has something to show.

use std::time::Duration;

use jiff::ToSpan as _;
use serde_json::{Value, json};

use crate::deeds::{Approved, day, once, text};
use crate::sources::root;
use crate::town::{COMMUNE, Town, Who, full_minute, now};
use crate::village::Village;

/// The town, and the PC of its first village, which is on.
pub struct LivedIn {
    /// The town.
    pub town: Town,
    /// The PC.
    pub village: Village,
    /// The station that it is.
    pub station: String,
    /// The page to which a press on STOP led; the press is the only way there.
    pub stop: String,
    /// The page on which everybody hears again what the first village heard.
    pub listen: String,
}

impl LivedIn {
    /// Everything is made as people make it.
    pub async fn built() -> Self {
        let town = Town::built().await;
        let other = [
            "area",
            "add",
            "Thôn Luổng Láo",
            "--kind",
            "village",
            "--parent",
            COMMUNE,
        ];
        town.command_line(&other, "");
        let admin = town.script(Who::Admin);
        let (station, code) = admin.new_station(&town.village).await;
        let mut village = Village::with_wav_file();
        let enrolled = village.enrol(&town.url(), &code);
        enrolled.expect("the code lets the PC in");
        village.power_on().await;
        for who in [Who::Head, Who::Officer, Who::Admin] {
            town.script(who).choose_pin(&town, who).await;
        }
        let mut lived_in = Self {
            town,
            village,
            station,
            stop: String::new(),
            listen: String::new(),
        };
        let files = [("vi", "vneid.vi.m4a"), ("pcc", "vneid.pcc.m4a")];
        let said = lived_in
            .town
            .approved("Kích hoạt tài khoản VNeID", &files)
            .await;
        let short = lived_in.town.announcement(1).await;
        lived_in.write_bulletins(&said.recordings[0]).await;
        lived_in.send_what_is_no_sound().await;
        lived_in.schedule(&said, &short).await;
        lived_in.warn(&said, &short).await;
        lived_in.ask_for_a_recording().await;
        lived_in.invite().await;
        lived_in.stop = lived_in.press_stop().await;
        let officer = lived_in.town.script(Who::Officer);
        lived_in.listen = officer.opens_to_listen(&lived_in.town.village).await;
        lived_in
    }

    /// The commune asks the village for a recording and attaches what it is about.
    async fn ask_for_a_recording(&self) {
        let officer = self.town.sign_in(Who::Officer).await;
        let form = officer.open("/requests/new").await;
        let form = form.form("form[action='/requests/new']");
        let form = form
            .with("title", "Tiêm chủng tháng 12")
            .with("script", "Kính mời bà con đưa trẻ đến trạm y tế.")
            .with("due_day", &day(now() + 240.hours()))
            .with("area", &self.town.village);
        let asked = officer.send(form).await;
        let folder = tempfile::tempdir().expect("a folder");
        let document = folder.path().join("giay-moi.pdf");
        recordings::durable::write(&document, b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n")
            .expect("a document");
        let form = asked.form("form[enctype='multipart/form-data']");
        let kept = officer.send(form.with_file("file", &document)).await;
        assert!(kept.all_words().contains("giay-moi.pdf"), "{kept:?}");
    }

    /// Somebody is invited, and has not come in yet.
    async fn invite(&self) {
        let who = json!({ "name": "thi.may", "full_name": "Lò Thị Mây", "role": "secretary",
            "area_id": self.town.village });
        let admin = self.town.script(Who::Admin);
        admin.post("/invitations", who).await.done();
    }

    /// Somebody presses STOP, whether anything sounds or not.
    async fn press_stop(&self) -> String {
        let head = self.town.script(Who::Head);
        let pressed = json!({ "area": self.town.village });
        let stop = head.post("/stops", pressed).await.done();
        format!("/stops/{}", text(&stop, "id"))
    }

    /// One bulletin in each state.
    async fn write_bulletins(&self, recording: &str) {
        let (secretary, officer) = (
            self.town.script(Who::Secretary),
            self.town.script(Who::Officer),
        );
        let village = &self.town.village;
        secretary.draft(village, "Bản nháp chưa thu tiếng").await;
        let mut submitted = Vec::new();
        for title in ["Chờ duyệt", "Bị trả lại", "Đã rút lại"] {
            let bulletin = secretary.draft(village, title).await;
            secretary.attach(&bulletin, "vi", recording).await;
            secretary.step(&bulletin, "submit", "").await.done();
            submitted.push(bulletin);
        }
        let rejected = officer.step(&submitted[1], "reject", "Thiếu giờ họp").await;
        rejected.done();
        officer.step(&submitted[2], "approve", "").await.done();
        officer.step(&submitted[2], "withdraw", "").await.done();
    }

    async fn send_what_is_no_sound(&self) {
        let secretary = self.town.script(Who::Secretary);
        let text_file = root().join("README.md");
        let sent = secretary.upload(&text_file, &self.town.village, "vi").await;
        secretary.worked_on(&text(&sent, "id")).await;
    }

    /// What is planned every day and once, what is over before it began, and what was aired.
    async fn schedule(&self, said: &Approved, short: &Approved) {
        let head = self.town.script(Who::Head);
        let village = &self.town.village;
        let daily = json!({ "bulletins": [said.id, short.id], "areas": [village], "repeats": 2,
            "rule": { "kind": "daily", "times": ["06:00", "17:00"] } });
        head.post("/broadcasts", daily).await.done();
        let later = full_minute(Duration::from_secs(7_200));
        let cancelled = head.air_once(&said.id, village, later).await.done();
        let path = format!("/broadcasts/{}/cancel", text(&cancelled, "id"));
        head.post(&path, json!({})).await.done();
        let tomorrow = now() + 24.hours();
        head.post("/broadcasts", once(&short.id, village, tomorrow))
            .await
            .done();
        self.town.script(Who::Admin).holds(&self.station).await;
        let at_once = json!({ "bulletins": [short.id], "areas": [village], "chime": false,
            "rule": { "kind": "now" } });
        head.post("/broadcasts", at_once).await.done();
        let line = self.aired().await;
        let heard = json!({ "station": self.station, "cue": line["cue"], "answer": "unclear" });
        head.post("/confirmations", heard).await.done();
    }

    /// The line of what was aired at once.
    async fn aired(&self) -> Value {
        let head = self.town.script(Who::Head);
        let log = format!("/as-run?station={}&date={}", self.station, day(now()));
        let is_aired = |line: &&Value| line["outcome"]["outcome"] == "aired";
        let all = |lines: &Value| lines.as_array().cloned().unwrap_or_default();
        let lines = head.until(&log, |lines| all(lines).iter().any(|line| is_aired(&line)));
        let lines = all(&lines.await);
        let line = lines.iter().find(is_aired);
        line.expect("it was just there").clone()
    }

    /// What stands by, and an emergency that was cancelled.
    async fn warn(&self, said: &Approved, short: &Approved) {
        let officer = self.town.script(Who::Officer);
        let standby = json!({ "bulletin": short.id, "areas": [self.town.village], "repeats": 2,
            "when": "Khi nước suối vượt mốc đỏ" });
        officer.post("/standbys", standby).await.done();
        let ordered = officer
            .order_emergency(&said.id, &self.town.village, 3)
            .await;
        let path = format!("/emergencies/{}", text(&ordered, "id"));
        let on_air = |found: &Value| found["stations"][0]["progress"] == "on_air";
        officer.until(&path, on_air).await;
        officer.cancel_emergency(&text(&ordered, "id")).await;
    }
}
