//! What the settings of every mail server must be like.

use std::net::IpAddr;

/// Longest host name, user name and so on, in bytes.
pub(in crate::mail) const FIELD_BYTES_MAX: usize = 255;
/// Longest password, in bytes; access tokens of large providers are long.
pub(in crate::mail) const PASSWORD_BYTES_MAX: usize = 4096;
/// Longest list of own certificate authorities, in bytes.
pub(in crate::mail) const CA_BYTES_MAX: usize = 64 * 1024;

/// On one line, and not too long.
pub(in crate::mail) fn is_line(text: &str, bytes_max: usize) -> bool {
    text.len() <= bytes_max && !text.chars().any(char::is_control)
}

/// A name or an address.
pub(in crate::mail) fn is_host(host: &str) -> bool {
    let is_name = (1..=FIELD_BYTES_MAX).contains(&host.len()) && url::Host::parse(host).is_ok();
    is_name || host.parse::<IpAddr>().is_ok()
}

/// On this machine or in a closed network: an address that no router forwards, or a name without dots.
pub(in crate::mail) fn is_near(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
        Err(_) => !host.contains('.'),
    }
}

/// Certificates, not something else that was pasted.
pub(in crate::mail) fn is_ca(pem: &str) -> bool {
    pem.len() <= CA_BYTES_MAX && pem.contains("-----BEGIN CERTIFICATE-----")
}
