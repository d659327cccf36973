//! Where mail is handed over, and how.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::server::{FIELD_BYTES_MAX, PASSWORD_BYTES_MAX, is_ca, is_host, is_line, is_near};

/// Most connections at once; large providers allow 10 to 20.
pub const CONNECTIONS_MAX: usize = 50;
/// Bounds of the time-outs, in milliseconds.
const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 100..=900_000;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Not at all: only for a server on this machine or in a closed network.
    None,
    /// Plain at first, then TLS, or nothing is sent (most often port 587).
    #[default]
    Starttls,
    /// TLS from the first byte (most often port 465).
    Tls,
}

/// The mail server's settings. `Debug` leaves the password out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpSettings {
    /// Name or address of the server.
    pub host: String,
    /// 587, 465 or 25.
    pub port: u16,
    /// How the connection is protected.
    #[serde(default)]
    pub security: Security,
    /// For the login; none when the server asks for none.
    #[serde(default)]
    pub username: Option<String>,
    /// For the login.
    #[serde(default)]
    pub password: Option<String>,
    /// The name this machine greets with; its host name when `None`.
    #[serde(default)]
    pub hello_name: Option<String>,
    /// Certificate authorities in PEM to trust besides the machine's own, for a company's internal server.
    #[serde(default)]
    pub ca_pem: Option<String>,
    /// Connections open at once.
    #[serde(default = "default_connections_max")]
    pub connections_max: usize,
    /// How long connecting and each command may take, in milliseconds.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// How long the server may think about a message it was handed, in milliseconds. Long, for an
    /// answer missed leaves it unknown whether the mail was delivered; RFC 5321 asks for ten minutes.
    #[serde(default = "default_answer_timeout_ms")]
    pub answer_timeout_ms: u64,
}

fn default_connections_max() -> usize {
    4
}

fn default_timeout_ms() -> u64 {
    30_000
}

fn default_answer_timeout_ms() -> u64 {
    300_000
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("username", &self.username)
            .field("password", &self.password.as_ref().map(|_| "<secret>"))
            .field("hello_name", &self.hello_name)
            .field("has_ca", &self.ca_pem.is_some())
            .field("connections_max", &self.connections_max)
            .field("timeout_ms", &self.timeout_ms)
            .field("answer_timeout_ms", &self.answer_timeout_ms)
            .finish()
    }
}

/// A setting that cannot be right: which, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field}: {message}")]
pub struct SettingsFault {
    /// The field of [`SmtpSettings`].
    pub field: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl SmtpSettings {
    /// Settings with no login and the usual limits.
    pub fn new(host: impl Into<String>, port: u16, security: Security) -> Self {
        Self {
            host: host.into(),
            port,
            security,
            username: None,
            password: None,
            hello_name: None,
            ca_pem: None,
            connections_max: default_connections_max(),
            timeout_ms: default_timeout_ms(),
            answer_timeout_ms: default_answer_timeout_ms(),
        }
    }

    /// Everything that cannot be right; empty when all of it may be.
    pub fn faults(&self) -> Vec<SettingsFault> {
        let mut faults = Vec::new();
        let mut check = |is_right: bool, field: &'static str, message: &str| {
            if !is_right {
                faults.push(SettingsFault { field, message: message.to_owned() });
            }
        };
        check(is_host(&self.host), "host", "write the mail server's name, such as smtp.example.com");
        check(self.port != 0, "port", "write the mail server's port: 587 for STARTTLS, 465 for TLS");
        let is_tls_port = self.port == 465 && self.security == Security::Starttls;
        check(!is_tls_port, "security", "port 465 speaks TLS from the start: choose TLS, or port 587 for STARTTLS");
        let user = self.login().map(|(user, _)| user);
        check(self.has_login_or_none(), "password", "write both user name and password, or neither");
        check(
            user.is_none() || self.security != Security::None || is_near(&self.host),
            "security",
            "the password would travel unprotected: choose STARTTLS or TLS",
        );
        check(
            [&self.username, &self.hello_name].into_iter().flatten().all(|text| is_line(text, FIELD_BYTES_MAX)),
            "username",
            "write the user name and the greeting name on one line of at most 255 bytes",
        );
        check(
            self.password.as_ref().is_none_or(|text| is_line(text, PASSWORD_BYTES_MAX)),
            "password",
            "write the password on one line of at most 4096 bytes",
        );
        check(
            self.ca_pem.as_deref().is_none_or(is_ca),
            "ca_pem",
            "paste the authority's certificate in PEM (BEGIN CERTIFICATE), at most 64 KB",
        );
        check(
            (1..=CONNECTIONS_MAX).contains(&self.connections_max),
            "connections_max",
            "write a number of connections from 1 to 50",
        );
        for (field, timeout_ms) in [("timeout_ms", self.timeout_ms), ("answer_timeout_ms", self.answer_timeout_ms)] {
            check(TIMEOUT_MS.contains(&timeout_ms), field, "write a time-out from 100 to 900000 milliseconds");
        }
        faults
    }

    /// User name and password when both are there.
    pub(super) fn login(&self) -> Option<(&str, &str)> {
        Some((filled(&self.username)?, filled(&self.password)?))
    }

    fn has_login_or_none(&self) -> bool {
        filled(&self.username).is_some() == filled(&self.password).is_some()
    }
}

fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(change: impl FnOnce(&mut SmtpSettings)) -> Vec<&'static str> {
        let mut settings = SmtpSettings::new("smtp.example.com", 587, Security::Starttls);
        change(&mut settings);
        settings.faults().into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn faults_name_their_field() {
        assert!(fields(|_| ()).is_empty());
        assert!(fields(|s| s.host = "::1".into()).is_empty());
        assert_eq!(fields(|s| s.host = " ".into()), ["host"]);
        assert_eq!(fields(|s| s.port = 0), ["port"]);
        assert_eq!(fields(|s| s.port = 465), ["security"]);
        assert_eq!(fields(|s| s.username = Some("kari".into())), ["password"]);
        let login = |s: &mut SmtpSettings| {
            s.username = Some("kari".into());
            s.password = Some("hemmelig".into());
            s.security = Security::None;
        };
        assert_eq!(fields(login), ["security"]);
        assert!(
            fields(|s| {
                login(s);
                s.host = "127.0.0.1".into();
            })
            .is_empty()
        );
        assert_eq!(fields(|s| s.hello_name = Some("a\r\nMAIL FROM:<x>".into())), ["username"]);
        assert_eq!(fields(|s| s.connections_max = 0), ["connections_max"]);
        assert_eq!(fields(|s| s.timeout_ms = 1), ["timeout_ms"]);
        assert_eq!(fields(|s| s.ca_pem = Some("x".into())), ["ca_pem"]);
    }

    #[test]
    fn the_password_is_never_shown_and_defaults_fill_in() {
        let json = r#"{"host":"smtp.example.com","port":587,"username":"kari","password":"hemmelig"}"#;
        let settings: SmtpSettings = serde_json::from_str(json).unwrap();
        assert_eq!(settings.security, Security::Starttls);
        assert_eq!(settings.connections_max, 4);
        assert!(!format!("{settings:?}").contains("hemmelig"));
    }
}
