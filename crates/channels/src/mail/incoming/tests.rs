use super::*;

fn mail_of(text: &str) -> IncomingMail {
    read(text.replace('\n', "\r\n").as_bytes()).unwrap()
}

const ANSWER: &str = "From: =?utf-8?Q?Kari_Nordmann?= <Kari@Example.no>
To: Ola <ola@clinic.example>, hei@clinic.example
Cc: ola@clinic.example
Subject: =?iso-8859-1?Q?Sv:_Bl=E5b=E6r?=
Message-ID: <a1@example.no>
In-Reply-To: <msg_1@clinic.example>
References: <msg_0@clinic.example> <msg_1@clinic.example>
Date: Mon, 2 Mar 2026 09:30:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Ja, bl=E5b=E6r.

On Mon, 2 Mar 2026 at 08:00 Ola <ola@clinic.example> wrote:
> Hva vil du ha?

--c
Content-Type: text/html

<p>Ja, <img src=\"https://spy.example/x.png\"></p>
--c--
--b
Content-Type: application/pdf; name=offer.pdf
Content-Disposition: attachment; filename=offer.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjcK
--b--
";

#[test]
fn an_answer_is_read() {
    let mail = mail_of(ANSWER);
    assert_eq!(mail.from.as_ref().unwrap().as_str(), "kari@example.no");
    assert_eq!((mail.from_name.as_str(), mail.subject.as_str()), ("Kari Nordmann", "Sv: Blåbær"));
    assert_eq!(mail.message_id.as_deref(), Some("a1@example.no"));
    assert_eq!(mail.thread, ["msg_0@clinic.example", "msg_1@clinic.example"]);
    let to: Vec<&str> = mail.to.iter().map(Email::as_str).collect();
    assert_eq!(to, ["ola@clinic.example", "hei@clinic.example"]);
    assert_eq!(mail.date.unwrap().to_string(), "2026-03-02T08:30:00.000Z");
    assert_eq!(mail.text, "Ja, blåbær.");
    assert!(mail.quoted.contains("> Hva vil du ha?"));
    assert!(!mail.is_automatic && mail.bounce.is_none());
    assert_eq!(mail.attachments.len(), 1);
    assert_eq!((mail.attachments[0].name.as_str(), &mail.attachments[0].bytes[..]), ("offer.pdf", &b"%PDF-1.7\n"[..]));
}

#[test]
fn html_becomes_text_and_its_pictures_no_files() {
    let mail = mail_of(
        "From: a@b.no\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n\
         <style>p{color:red}</style><p>Hei &amp; h&aring;<br>der</p><script>alert(1)</script><img src=cid:x>\n--b\n\
         Content-Type: image/png\nContent-ID: <x>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n",
    );
    assert_eq!(mail.text, "Hei & hå\nder");
    assert!(mail.attachments.is_empty(), "{:?}", mail.attachments);
}

#[test]
fn programs_are_known_by_their_headers() {
    let is_automatic = |header: &str| mail_of(&format!("From: a@b.no\n{header}\n\nAway")).is_automatic;
    for header in
        ["Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated; x=y", "Precedence: bulk", "X-Autoreply: yes"]
    {
        assert!(is_automatic(header), "{header}");
    }
    for header in ["Auto-Submitted: no", "Precedence: normal", "X-Other: auto"] {
        assert!(!is_automatic(header), "{header}");
    }
}

fn report(action: &str, status: &str) -> IncomingMail {
    mail_of(&format!(
        "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\n\nNot delivered.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n\
         Final-Recipient: rfc822; Kari@example.no\nAction: {action}\nStatus: {status}\n\
         Diagnostic-Code: smtp; 550 No such user\n--b\nContent-Type: message/rfc822\n\n\
         From: a@b.no\nMessage-ID: <msg_1@clinic.example>\nSubject: x\n\nHei\n--b--\n"
    ))
}

#[test]
fn a_report_tells_whom_a_mail_did_not_reach() {
    let bounce = report("failed", "5.1.1").bounce.unwrap();
    assert_eq!(bounce.recipient.unwrap().as_str(), "kari@example.no");
    assert_eq!(bounce.message_id.as_deref(), Some("msg_1@clinic.example"));
    assert!(bounce.is_permanent && bounce.is_bad_address);
    assert_eq!(bounce.reason, "5.1.1 550 No such user");
    let is = |action, status| {
        let bounce = report(action, status).bounce.unwrap();
        (bounce.is_permanent, bounce.is_bad_address)
    };
    assert_eq!(is("failed", "5.7.1"), (true, false), "refused, and the mailbox exists");
    assert_eq!(is("delayed", "4.4.1"), (false, false));
    assert_eq!(is("delivered", "2.0.0"), (false, false));
}

#[test]
fn what_is_no_mail_is_refused() {
    for raw in [&b""[..], b"\r\n\r\n", b"hello", b"\0\0\0\0", b"Subject: x\r\n\r\nno sender"] {
        assert_eq!(read(raw), Err(IncomingError::NoMail), "{raw:?}");
    }
    assert_eq!(read(&vec![b'a'; RAW_BYTES_MAX + 1]), Err(IncomingError::TooLarge));
}

#[test]
fn deep_wide_and_long_mails_are_read_within_their_limits() {
    let head = "From: a@b.no\r\nMessage-ID: <1@b.no>\r\n";
    let deep = format!("{head}{}", "Content-Type: message/rfc822\r\n\r\n".repeat(200_000));
    let wide = format!(
        "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        "--b\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n".repeat(5_000)
    );
    let nested: String =
        (0..2_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let nested = format!("{head}{nested}");
    let long_header =
        format!("{head}Subject: {}\r\nReferences: {}\r\n\r\nx", "é".repeat(2_000_000), "<1@x.no> ".repeat(500_000));
    let tags = format!("{head}Content-Type: text/html\r\n\r\n{}x", "<div><b id=1>".repeat(300_000));
    for raw in [deep, wide, nested, long_header, tags] {
        let mail = read(raw.as_bytes()).unwrap();
        assert!(mail.text.chars().count() <= TEXT_CHARS_MAX && mail.quoted.chars().count() <= TEXT_CHARS_MAX);
        assert!(mail.subject.chars().count() <= SUBJECT_CHARS_MAX && mail.thread.len() <= THREAD_MAX);
        assert!(mail.attachments.len() <= ATTACHMENTS_MAX);
    }
}

/// A generator of its own, so that a failure is found again by its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

#[test]
fn no_mutation_of_a_mail_makes_the_reader_panic() {
    let report = "From: x@y.no\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: \
                  message/delivery-status\r\n\r\nStatus: 5.1.1\r\nAction: failed\r\nFinal-Recipient: rfc822;a@b.no\r\n--b\r\n\
                  Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <1@x.no>\r\n--b--\r\n";
    let samples = [ANSWER.replace('\n', "\r\n").into_bytes(), report.as_bytes().to_vec()];
    let words: [&[u8]; 10] = [
        b"=?utf-8?B?",
        b"?=",
        b"charset=utf-7",
        b"base64",
        b"message/rfc822",
        b"--b\r\n",
        b"\0",
        b"\xff\xfe",
        b"=",
        b"\r\n\r\n",
    ];
    for seed in 0..3_000 {
        let mut dice = Dice(seed);
        let mut raw = samples[dice.below(samples.len())].clone();
        for _ in 0..=dice.below(8) {
            let at = dice.below(raw.len());
            match dice.below(4) {
                0 => raw[at] = u8::try_from(dice.below(256)).unwrap(),
                1 => drop(raw.splice(at..at, words[dice.below(words.len())].iter().copied()).collect::<Vec<_>>()),
                2 => raw.truncate(at + 1),
                _ => {
                    let end = (at + dice.below(200)).min(raw.len());
                    let piece = raw[at..end].to_vec();
                    raw.splice(at..at, piece);
                }
            }
        }
        if let Ok(mail) = read(&raw) {
            assert!(!mail.subject.contains('\n'), "seed {seed}");
        }
    }
}
