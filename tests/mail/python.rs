//! Starts one of the Python peers that lie beside this file, and speaks to it, one JSON line each way. Modules of tests
//! in several crates include it by its path.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

pub struct Python {
    /// What it told when it was ready: its ports.
    pub ready: Value,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// Ended when dropped.
    _child: Child,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Python that has the peers' packages: `SUPPILO_PYTHON`, else that of `.venv`.
fn python() -> Option<PathBuf> {
    match std::env::var_os("SUPPILO_PYTHON") {
        Some(path) => Some(path.into()),
        None => Some(root().join(".venv/bin/python")).filter(|path| path.exists()),
    }
}

/// Say why and skip, but fail in CI, where the peer must be there.
fn skip() -> Option<Python> {
    let help = "python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt";
    assert!(std::env::var_os("CI").is_none(), "the mail tests need their Python peers: {help}");
    println!("skipped: no Python peer for mail; run {help}, or set SUPPILO_PYTHON");
    None
}

impl Python {
    /// `None`, with a printed line, when there is no Python to run it with; in CI that is a failure.
    pub async fn start(script: &str) -> Option<Self> {
        let Some(python) = python() else { return skip() };
        let mut child = Command::new(python)
            .arg(root().join("tests/mail").join(script))
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
        Some(Self { ready, input, output, _child: child })
    }

    /// A port that it told.
    pub fn port(&self, name: &str) -> u16 {
        u16::try_from(self.ready[name].as_u64().unwrap()).unwrap()
    }

    /// The authority of its certificate.
    pub fn ca_pem(&self) -> String {
        self.ready["ca_pem"].as_str().unwrap().to_owned()
    }

    pub async fn ask(&mut self, request: Value) -> Value {
        self.input.write_all(format!("{request}\n").as_bytes()).await.unwrap();
        let line = self.output.next_line().await.unwrap().expect("the peer answers");
        serde_json::from_str(&line).unwrap()
    }
}
