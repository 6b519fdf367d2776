//! Passwords: argon2id (RFC 9106), computed away from the threads that answer requests.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::clock::Randomness;
use crate::web::errors::{Error, Result};

/// Shortest password, in characters (NIST SP 800-63B §5.1.1.1).
pub const SHORTEST: usize = 8;
/// Longest, so that nobody makes the server hash a novel.
pub const LONGEST: usize = 200;

/// So many are computed at once, at 19 MiB each: a flood of visitors signing in waits for its turn
/// and takes neither all the memory nor all the threads.
static COMPUTING: Semaphore = Semaphore::const_new(4);

async fn computing() -> Result<SemaphorePermit<'static>> {
    Ok(COMPUTING.acquire().await.map_err(anyhow::Error::from)?)
}

/// What OWASP's password storage cheat sheet asks of argon2id: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Refuses a password that is too short, too long, or the person's own name.
///
/// # Errors
/// 422 with what is wrong.
pub fn check(password: &str, name: &str) -> Result<()> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Error::invalid("error-password-too-short").with("shortest", SHORTEST));
    }
    if length > LONGEST {
        return Err(Error::invalid("error-password-too-long").with("longest", LONGEST));
    }
    if password.to_lowercase() == name.to_lowercase() {
        return Err(Error::invalid("error-password-is-name"));
    }
    if is_easy(password) {
        return Err(Error::invalid("error-password-easy"));
    }
    Ok(())
}

/// Whether it is what somebody would try first: one letter over and over, or a straight run such as
/// 12345678.
pub fn is_easy(secret: &str) -> bool {
    let letters: Vec<i64> = secret
        .chars()
        .map(|letter| u32::from(letter).into())
        .collect();
    let mut steps = letters.windows(2).map(|pair| pair[1] - pair[0]);
    let first = steps.next().unwrap_or_default();
    (-1..=1).contains(&first) && steps.all(|step| step == first)
}

/// The hash to keep, as a PHC string.
///
/// # Errors
/// The computation failed.
pub async fn hash(randomness: &Randomness, password: String) -> Result<String> {
    let salt = randomness.bytes::<16>();
    let permit = computing().await?;
    let hash = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        argon2()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
    })
    .await?;
    hash.map_err(|error| Error::Internal(anyhow::anyhow!("hash a password: {error}")))
}

/// Whether `password` is the one that was kept as `hash`. `None`, for a name that nobody has, takes
/// as long and says no, so that answers do not tell which names exist.
///
/// # Errors
/// The computation failed.
pub async fn is_right(password: String, hash: Option<String>) -> Result<bool> {
    let permit = computing().await?;
    let right = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let known = hash.is_some();
        let kept = hash.unwrap_or_else(|| NOBODY.to_owned());
        let fits = PasswordHash::new(&kept)
            .is_ok_and(|kept| argon2().verify_password(password.as_bytes(), &kept).is_ok());
        known && fits
    })
    .await?;
    Ok(right)
}

/// A password to hand over on paper: three groups of four letters that look like no others, 60
/// bits.
pub fn readable(randomness: &Randomness) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let letters: Vec<char> = randomness
        .bytes::<12>()
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

/// Some hash of the same cost; nothing depends on what it is the hash of.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA\
                      $tHeH2ARJ0AbgzlZa2u4R0NvMxYhqBd3cRDCYKGQ2Zms";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_would_try_first_is_refused() {
        let refused = |password: &str| {
            check(password, "bi.thu").is_err_and(|error| error.key() == "error-password-easy")
        };
        for easy in ["12345678", "87654321", "aaaaaaaa", "abcdefgh"] {
            assert!(refused(easy), "{easy}");
        }
        for good in ["mùa lúa chín", "13572468", "aaaaaaab"] {
            assert!(check(good, "bi.thu").is_ok(), "{good}");
        }
    }

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobody_has_none() {
        let hash = hash(&Randomness::seeded(1), "mùa lúa chín".to_owned())
            .await
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            is_right("mùa lúa chín".to_owned(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !is_right("mua lua chin".to_owned(), Some(hash))
                .await
                .unwrap()
        );
        assert!(!is_right("mùa lúa chín".to_owned(), None).await.unwrap());
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
