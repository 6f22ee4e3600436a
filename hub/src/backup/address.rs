//! The database's address as Postgres' own programs are told it, without the password on the command line.

use tokio::process::Command;

/// An address that may be shown, and the password apart.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    shown: String,
    password: Option<String>,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}

impl Address {
    /// Takes the password out of a `postgres://` address. Everybody on the machine can read a command line; the
    /// environment only its owner can.
    pub(super) fn of(url: &str) -> Self {
        let (address, query) =
            url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
        let (address, mut password) = without_user_password(address);
        let mut kept = Vec::new();
        for part in query.into_iter().flat_map(|query| query.split('&')) {
            match part.strip_prefix("password=") {
                Some(found) => password = Some(decoded(found)),
                None => kept.push(part),
            }
        }
        let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
        Self { shown: address + &query, password }
    }

    /// Tells a program of Postgres where the server is.
    pub(super) fn tell(&self, command: &mut Command) {
        command.arg("--no-password").arg("--dbname").arg(&self.shown);
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
    }
}

fn without_user_password(address: &str) -> (String, Option<String>) {
    let found = || {
        let (scheme, rest) = address.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (user, password) = user.split_once(':')?;
        Some((format!("{scheme}://{user}@{host}"), Some(decoded(password))))
    };
    found().unwrap_or_else(|| (address.to_owned(), None))
}

/// Undoes percent encoding; what is not encoded properly stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| byte == b'%') {
            Some(value) => {
                bytes.push(value);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_nowhere_on_the_command_line() {
        for url in [
            "postgres://simpul:r%40hasia%25@db:5433/simpul?sslmode=require",
            "postgres://simpul@db:5433/simpul?password=r%40hasia%25&sslmode=require",
        ] {
            let address = Address::of(url);
            assert_eq!(address.shown, "postgres://simpul@db:5433/simpul?sslmode=require");
            assert_eq!(address.password.as_deref(), Some("r@hasia%"));
            let mut command = Command::new("true");
            address.tell(&mut command);
            assert!(!format!("{:?}", command.as_std().get_args()).contains("hasia"));
        }
    }

    #[test]
    fn an_address_without_a_password_stays_as_it_is() {
        for url in ["postgres:///simpul", "postgres://postgres@localhost/simpul?host=/run/pg"] {
            assert_eq!(Address::of(url), Address { shown: url.into(), password: None });
        }
    }
}
