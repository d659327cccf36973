//! SMTP
