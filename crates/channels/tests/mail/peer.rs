//! Starts `tests/mail/peer.py` at the repository's root and speaks to it, one JSON line each way.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

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
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// Ended when dropped.
    _child: Child,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Python that has the peer's packages: `SUPPILO_PYTHON`, else that of `.venv`.
fn python() -> Option<PathBuf> {
    match std::env::var_os("SUPPILO_PYTHON") {
        Some(path) => Some(path.into()),
        None => Some(root().join(".venv/bin/python")).filter(|path| path.exists()),
    }
}

/// Say why and skip, but fail in CI, where the peer must be there.
fn skip() -> Option<Peer> {
    let help = "python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt";
    assert!(std::env::var_os("CI").is_none(), "the mail tests need their Python peer: {help}");
    println!("skipped: no Python peer for mail; run {help}, or set SUPPILO_PYTHON");
    None
}

impl Peer {
    /// `None`, with a printed line, when there is no Python to run it with; in CI that is a failure.
    pub async fn start() -> Option<Self> {
        let Some(python) = python() else { return skip() };
        let mut child = Command::new(python)
            .arg(root().join("tests/mail/peer.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the Python peer starts");
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        // Nothing printed: it ended at an import, and said which on standard error.
        let Some(line) = output.next_line().await.unwrap() else { return skip() };
        let ready: Value = serde_json::from_str(&line).unwrap();
        let port = |name: &str| u16::try_from(ready[name].as_u64().unwrap()).unwrap();
        Some(Self {
            port: port("port"),
            ascii_port: port("ascii_port"),
            login_port: port("login_port"),
            starttls_port: port("starttls_port"),
            tls_port: port("tls_port"),
            ca_pem: ready["ca_pem"].as_str().unwrap().to_owned(),
            input,
            output,
            _child: child,
        })
    }

    async fn ask(&mut self, request: Value) -> Value {
        self.input.write_all(format!("{request}\n").as_bytes()).await.unwrap();
        let line = self.output.next_line().await.unwrap().expect("the peer answers");
        serde_json::from_str(&line).unwrap()
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
