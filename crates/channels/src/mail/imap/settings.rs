//! Where mail is fetched, and how.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::mail::smtp::server::{CA_BYTES_MAX, FIELD_BYTES_MAX, PASSWORD_BYTES_MAX, is_ca, is_host, is_line, is_near};
use crate::mail::{Security, SettingsFault};

/// Longest name of a folder, in bytes.
const FOLDER_BYTES_MAX: usize = 255;

/// A mailbox at a server that speaks IMAP. `Debug` leaves the password out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImapSettings {
    /// Name or address of the server.
    pub host: String,
    /// 993 for TLS, 143 for STARTTLS.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    pub username: String,
    pub password: String,
    /// The folder that is read, with the server's separators: `INBOX`, `INBOX/Leads`.
    pub folder: String,
    /// Certificate authorities in PEM to trust besides the machine's own.
    #[serde(default)]
    pub ca_pem: Option<String>,
}

impl fmt::Debug for ImapSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {:?}, port {}", self.address(), self.security, self.port)
    }
}

impl ImapSettings {
    /// Which mailbox it is: what was read of one says nothing about another.
    pub fn address(&self) -> String {
        format!("{}@{}/{}", self.username, self.host.to_lowercase(), self.folder)
    }

    /// Everything that cannot be right; empty when all of it may be.
    pub fn faults(&self) -> Vec<SettingsFault> {
        let mut faults = Vec::new();
        let mut check = |is_right: bool, field: &'static str, message: String| {
            if !is_right {
                faults.push(SettingsFault { field, message });
            }
        };
        check(is_host(&self.host), "host", "write the mail server's name, such as imap.example.com".to_owned());
        check(self.port != 0, "port", "write the mail server's port: 993 for TLS, 143 for STARTTLS".to_owned());
        let is_tls_port = self.port == 993 && self.security != Security::Tls;
        let tls = "port 993 speaks TLS from the start: choose TLS, or port 143 for STARTTLS";
        check(!is_tls_port, "security", tls.to_owned());
        let is_protected = self.security != Security::None || is_near(&self.host);
        check(is_protected, "security", "the password would travel unprotected: choose TLS or STARTTLS".to_owned());
        for (field, text, name, bytes_max) in [
            ("username", &self.username, "the user name", FIELD_BYTES_MAX),
            ("password", &self.password, "the password", PASSWORD_BYTES_MAX),
            ("folder", &self.folder, "the folder, most often INBOX,", FOLDER_BYTES_MAX),
        ] {
            let is_right = !text.trim().is_empty() && is_line(text, bytes_max);
            check(is_right, field, format!("write {name} on one line of at most {bytes_max} bytes"));
        }
        let ca =
            format!("paste the authority's certificate in PEM (BEGIN CERTIFICATE), at most {} KB", CA_BYTES_MAX / 1024);
        check(self.ca_pem.as_deref().is_none_or(is_ca), "ca_pem", ca);
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ImapSettings {
        ImapSettings {
            host: "imap.example.com".to_owned(),
            port: 993,
            security: Security::Tls,
            username: "kari".to_owned(),
            password: "hemmelig".to_owned(),
            folder: "INBOX".to_owned(),
            ca_pem: None,
        }
    }

    fn fields(change: impl FnOnce(&mut ImapSettings)) -> Vec<&'static str> {
        let mut settings = settings();
        change(&mut settings);
        settings.faults().into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn faults_name_their_field() {
        assert!(fields(|_| ()).is_empty());
        assert_eq!(fields(|s| s.host = " ".into()), ["host"]);
        assert_eq!(fields(|s| s.port = 0), ["port"]);
        assert_eq!(fields(|s| s.security = Security::Starttls), ["security"]);
        let plain = |s: &mut ImapSettings| (s.port, s.security) = (143, Security::None);
        assert_eq!(fields(plain), ["security"]);
        assert!(
            fields(|s| {
                plain(s);
                s.host = "127.0.0.1".into();
            })
            .is_empty()
        );
        assert_eq!(fields(|s| s.username = "a\r\nb LOGOUT".into()), ["username"]);
        assert_eq!(fields(|s| s.password = String::new()), ["password"]);
        assert_eq!(fields(|s| s.folder = " ".into()), ["folder"]);
        assert_eq!(fields(|s| s.ca_pem = Some("x".into())), ["ca_pem"]);
    }

    #[test]
    fn the_password_is_not_shown() {
        assert!(!format!("{:?}", settings()).contains("hemmelig"));
        assert_eq!(settings().address(), "kari@imap.example.com/INBOX");
    }
}
