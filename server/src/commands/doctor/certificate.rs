//! Does the certificate fit its key, and how long does it last?

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use programme::units::WallTime;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Finding, bad, doubtful, good};
use crate::config::Config;

/// Renewal is due before this much is left.
const SOON: Duration = Duration::from_secs(14 * 86_400);

pub(super) fn examine(config: &Config, now: WallTime) -> Finding {
    if !config.speaks_tls() {
        return without(config);
    }
    let cure =
        "renew it; server.tls_certificate_file takes the whole chain, the server's own first";
    match dates(config) {
        Err(error) => bad(format!("the certificate cannot be used: {error:#}"), cure),
        Ok((from, until)) => {
            let shown = until.timestamp().strftime("%d/%m/%Y").to_string();
            if now < from || now > until {
                bad(
                    format!("the certificate is not valid today (until {shown})"),
                    cure,
                )
            } else if until.since(now) < SOON {
                doubtful(format!("the certificate ends soon, on {shown}"), cure)
            } else {
                good(format!("the certificate is valid until {shown}"))
            }
        }
    }
}

fn without(config: &Config) -> Finding {
    if config.is_https() || config.server.listen.ip().is_loopback() {
        good("no certificate here: plain HTTP for this machine or a proxy")
    } else {
        doubtful(
            "people reach this server by plain HTTP, and phones then refuse the microphone",
            "set server.tls_certificate_file and server.tls_key_file, or public_url behind a proxy",
        )
    }
}

/// From when until when the first certificate of the chain is valid, if it fits the key.
fn dates(config: &Config) -> anyhow::Result<(WallTime, WallTime)> {
    let server = &config.server;
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(&server.tls_certificate_file)?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(&server.tls_key_file).context("read the key")?;
    let own = chain
        .first()
        .context("the file holds no certificate")?
        .clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("put certificate and key together")?;
    validity(&own).context("read its dates")
}

/// The field `validity` of a certificate (RFC 5280 §4.1).
fn validity(certificate: &[u8]) -> anyhow::Result<(WallTime, WallTime)> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let (_, certificate, _) = element(certificate)?;
    let (tag, mut fields, _) = element(certificate)?;
    ensure!(tag == SEQUENCE, "it is no certificate");
    if element(fields)?.0 == VERSION {
        fields = element(fields)?.2;
    }
    // Serial number, algorithm and issuer stand before it.
    for _ in 0..3 {
        fields = element(fields)?.2;
    }
    let (_, validity, _) = element(fields)?;
    let (from_tag, from, rest) = element(validity)?;
    let (until_tag, until, _) = element(rest)?;
    Ok((instant(from_tag, from)?, instant(until_tag, until)?))
}

/// The first element in DER (ITU-T X.690): its tag, what it holds, and what follows it.
fn element(der: &[u8]) -> anyhow::Result<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first().context("it ends early")?;
    let (&first, mut rest) = rest.split_first().context("it ends early")?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let digits = usize::from(first & 0x7f);
        ensure!(digits <= 4, "an element is too long");
        let (bytes, after) = rest.split_at_checked(digits).context("it ends early")?;
        length = bytes
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte));
        rest = after;
    }
    let (held, after) = rest.split_at_checked(length).context("it ends early")?;
    Ok((tag, held, after))
}

/// UTCTime has two digits for the year, GeneralizedTime four (RFC 5280 §4.1.2.5).
fn instant(tag: u8, text: &[u8]) -> anyhow::Result<WallTime> {
    const UTC_TIME: u8 = 0x17;
    let text = std::str::from_utf8(text)?;
    let text = match tag {
        UTC_TIME if text < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        _ => text.to_owned(),
    };
    let civil = DateTime::strptime("%Y%m%d%H%M%SZ", &text)?;
    Ok(TimeZone::UTC.to_timestamp(civil)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate from 23/11/2026 to 30/10/2126 lies among the tests.
    fn finding(key: &str, today: &str) -> String {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates");
        let mut config = crate::config::load(None, []).unwrap().config;
        config.server.tls_certificate_file = format!("{folder}/lasting.pem").into();
        config.server.tls_key_file = format!("{folder}/{key}").into();
        let today: jiff::Timestamp = format!("{today}T12:00:00Z").parse().unwrap();
        match examine(&config, today.into()) {
            Finding::Good(what) => format!("good: {what}"),
            Finding::Doubtful { what, .. } => format!("doubtful: {what}"),
            Finding::Bad { what, .. } => format!("bad: {what}"),
        }
    }

    #[test]
    fn a_certificate_is_good_until_two_weeks_before_its_end() {
        let until = "good: the certificate is valid until 30/10/2126";
        assert_eq!(finding("key.pem", "2030-01-01"), until);
        let soon = "doubtful: the certificate ends soon, on 30/10/2126";
        assert_eq!(finding("key.pem", "2126-10-20"), soon);
        assert!(finding("key.pem", "2126-11-01").starts_with("bad: the certificate is not valid"));
        assert!(finding("key.pem", "2026-11-22").starts_with("bad: the certificate is not valid"));
    }

    #[test]
    fn a_key_of_another_certificate_is_found_out() {
        let found = finding("other-key.pem", "2030-01-01");
        assert!(
            found.starts_with("bad: the certificate cannot be used"),
            "{found}"
        );
    }

    #[test]
    fn what_is_no_certificate_ends_in_a_sentence_and_not_in_a_panic() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x02, 0xa0, 0],
        ] {
            assert!(validity(bytes).is_err(), "{bytes:?}");
        }
    }
}
