//! Looks at PINs, as the server does that made their hashes.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordVerifier};

/// Memory that a hash may want, in KiB: what an old village PC has to spare.
const MOST_MEMORY_KIB: u32 = 64 * 1024;

/// Passes over it: on an old PC a look takes a part of a second.
const MOST_PASSES: u32 = 4;

/// Whether `pin` is the one that was hashed. Takes a while, so not on a thread that answers. A hash
/// of another kind, or one that wants more than a village PC has, fits nothing.
pub fn is_right(pin: &str, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        return false;
    };
    let bounded = Params::try_from(&hash).is_ok_and(|params| {
        let within = params.m_cost() <= MOST_MEMORY_KIB && params.t_cost() <= MOST_PASSES;
        within && params.p_cost() == 1
    });
    let known = hash.algorithm.as_str() == "argon2id";
    known
        && bounded
        && Argon2::default()
            .verify_password(pin.as_bytes(), &hash)
            .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::PasswordHasher;

    fn hash(memory: u32, passes: u32) -> String {
        let params = Params::new(memory, passes, 1, None).unwrap();
        let argon2 = Argon2::from(params);
        let hash = argon2.hash_password_with_salt(b"2580", b"salt of a person");
        hash.unwrap().to_string()
    }

    #[test]
    fn only_the_right_pin_fits_and_a_hash_that_wants_too_much_fits_nothing() {
        let usual = hash(19_456, 2);
        assert!(is_right("2580", &usual));
        assert!(!is_right("2581", &usual));
        assert!(!is_right("2580", "2580"));
        assert!(!is_right("2580", &hash(64, 5)), "too many passes");
        assert!(
            !is_right("2580", &hash(64 * 1024 + 8, 1)),
            "too much memory"
        );
    }
}
