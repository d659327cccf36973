//! Starts `tests/mail/peer.py` at the repository's root and speaks to it, one JSON line each way.

use serde_json::{Value, json};

use super::python::Python;

pub struct Peer {
    /// Takes everyone's mail.
    pub port: u16,
    /// The same without SMTPUTF8.
    pub ascii_port: u16,
    /// Wants a login.
    pub login_port: u16,
    /// Wants STARTTLS and a login.
    pub starttls_port: u16,
    /// Speaks TLS and wants a login.
    pub tls_port: u16,
    /// The authority of its certificate.
    pub ca_pem: String,
    python: Python,
}

impl Peer {
    /// `None`, with a printed line, when there is no Python to run it with; in CI that is a failure.
    pub async fn start() -> Option<Self> {
        let python = Python::start("peer.py").await?;
        Some(Self {
            port: python.port("port"),
            ascii_port: python.port("ascii_port"),
            login_port: python.port("login_port"),
            starttls_port: python.port("starttls_port"),
            tls_port: python.port("tls_port"),
            ca_pem: python.ca_pem(),
            python,
        })
    }

    async fn ask(&mut self, request: Value) -> Value {
        self.python.ask(request).await
    }

    /// Publish a TXT record where its DKIM verifier looks.
    pub async fn publish(&mut self, name: &str, value: &str) {
        self.ask(json!({"do": "dns", "name": name, "value": value})).await;
    }

    /// The mails received since last asked.
    pub async fn mails(&mut self) -> Vec<Value> {
        self.ask(json!({"do": "mails"})).await["mails"].as_array().unwrap().clone()
    }

    /// Close every open connection.
    pub async fn hang_up(&mut self) {
        self.ask(json!({"do": "hang_up"})).await;
    }

    /// How many connections were opened so far.
    pub async fn connections(&mut self) -> u64 {
        self.ask(json!({"do": "connections"})).await["connections"].as_u64().unwrap()
    }

    /// The text with the ports, which differ every time, left out.
    pub fn without_ports(&self, text: &str) -> String {
        [self.port, self.ascii_port, self.login_port, self.starttls_port, self.tls_port]
            .iter()
            .fold(text.to_owned(), |text, port| text.replace(&port.to_string(), "PORT"))
    }
}
