//! `suppilo mail in`: what a mail server's pipe hands in is safe, whether the program serves or not.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const MAIL: &str = "From: kari@example.no\nMessage-ID: <a@example.no>\nSubject: Hei\n\nPasser tirsdag?\n";
/// Rounds that are waited for the program, a tenth of a second each.
const ROUNDS_MAX: usize = 600;

fn hand_in(data: &Path, mail: &[u8]) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_suppilo"))
        .args(["mail", "in", "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    child.stdin.take().expect("its input").write_all(mail).expect("written");
    let output = child.wait_with_output().expect("it ends");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn waiting(data: &Path) -> usize {
    std::fs::read_dir(data.join("mail-in")).map(Iterator::count).unwrap_or(0)
}

#[test]
fn a_mail_server_reads_from_the_exit_code_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (code, said) = hand_in(&data, MAIL.as_bytes());
    assert_eq!(code, Some(75), "a wrong folder must not send mail back: {said}");
    assert!(said.contains("--data"), "{said}");
    std::fs::create_dir(&data).expect("made");
    let (code, said) = hand_in(&data, b"Hei");
    assert_eq!((code, waiting(&data)), (Some(65), 0), "{said}");
    assert_eq!(hand_in(&data, MAIL.as_bytes()), (Some(0), String::new()));
    assert_eq!(waiting(&data), 1);

    // The program takes it once it serves, and what comes while it does.
    let mut server = Command::new(env!("CARGO_BIN_EXE_suppilo"))
        .args(["serve", "--port", "0", "--json", "--data"])
        .arg(&data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    assert_eq!(hand_in(&data, MAIL.as_bytes()).0, Some(0));
    let taken = (0..ROUNDS_MAX).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        waiting(&data) == 0
    });
    server.kill().expect("killed");
    server.wait().expect("it ends");
    assert!(taken, "{line}");
}
