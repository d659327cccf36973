//! How long finding a misspelt name takes among a million contacts, and what the index takes in memory:
//! `cargo run -p search --example million [contacts]`.

use std::time::Duration;

use search::{Entry, Index, Owned, Query};
use uuid::Uuid;

const FIRST: [&str; 24] = [
    "Kari", "Ola", "John", "Anna", "Bjørn", "Ingrid", "Lars", "Maria", "Mohammed", "Sofie", "Jakob", "Emma", "Noah",
    "Nora", "William", "Olivia", "Lucas", "Astrid", "Håkon", "Åse", "Matti", "Aino", "Søren", "Gudrun",
];
const SYLLABLES: [&str; 40] = [
    "nor", "mann", "han", "sen", "ødeg", "ård", "sol", "berg", "lund", "dal", "vik", "haug", "smi", "th", "gren",
    "ström", "kar", "lsson", "joh", "ansen", "peder", "sen", "lar", "sson", "nie", "minen", "kor", "honen", "vir",
    "tanen", "mül", "ler", "sch", "midt", "fis", "cher", "we", "ber", "mey", "er",
];

/// The same numbers on every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn contact(numbers: &mut Numbers, id: u128) -> Entry {
    let first = FIRST[numbers.next(FIRST.len())];
    let mut last = String::new();
    for _ in 0..2 + numbers.next(2) {
        last.push_str(SYLLABLES[numbers.next(SYLLABLES.len())]);
    }
    let company = format!("{} {}", capital(SYLLABLES[numbers.next(40)]), capital(SYLLABLES[numbers.next(40)]));
    let number = numbers.next(100);
    let mail = format!("{}.{last}{number}@example.no {company} AS", first.to_lowercase());
    let phone = format!("+47 {:08}", numbers.next(90_000_000) + 10_000_000);
    Entry {
        noun: 0,
        id: Uuid::from_u128(id),
        owner: None,
        name: format!("{first} {}", capital(&last)),
        more: mail,
        phone,
    }
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb: f64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0);
    kb / 1024.0
}

/// What this thread has taken of the processor: on a busy machine the clock says more of the others.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Two neighbours of a word change places.
fn misspelt(name: &str, numbers: &mut Numbers) -> String {
    let words = name.split(' ').map(|word| {
        let mut chars: Vec<char> = word.chars().collect();
        let place = 1 + numbers.next(chars.len().saturating_sub(2).max(1));
        if place + 1 < chars.len() {
            chars.swap(place, place + 1);
        }
        chars.into_iter().collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn main() {
    let count: u128 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let mut numbers = Numbers(1);
    let before_mb = resident_mb();
    let index = Index::default();
    let mut sample: Vec<Entry> = Vec::new();
    let mut spent = Duration::ZERO;
    let mut longest = Duration::ZERO;
    for start in (0..count).step_by(20_000) {
        let batch: Vec<Entry> = (start..(start + 20_000).min(count)).map(|id| contact(&mut numbers, id)).collect();
        sample.push(batch[0].clone());
        let began = processor_time();
        index.put(batch);
        spent += processor_time() - began;
        longest = longest.max(processor_time() - began);
    }
    println!(
        "{count} contacts in {spent:.1?}, the longest batch of 20,000 {longest:.1?}, {:.0} MB",
        resident_mb() - before_mb
    );
    let mut questions: Vec<(&str, Vec<String>)> = vec![("half a word", Vec::new()), ("misspelt name", Vec::new())];
    questions.extend([
        ("phone", Vec::new()),
        ("one letter", Vec::new()),
        ("first name", Vec::new()),
        ("mail", Vec::new()),
    ]);
    for entry in &sample {
        let texts = [
            entry.name.chars().take(entry.name.chars().count() * 2 / 3).collect(),
            misspelt(&entry.name, &mut numbers),
            entry.phone[4..].to_owned(),
            entry.name.chars().take(1).collect(),
            entry.name.split(' ').next().unwrap_or_default().to_owned(),
            entry.more.split(' ').next().unwrap_or_default().to_owned(),
        ];
        questions.iter_mut().zip(texts).for_each(|(question, text)| question.1.push(text));
    }
    for (what, texts) in questions {
        let mut times = Vec::new();
        let mut right = 0;
        for (text, entry) in texts.iter().zip(&sample) {
            let began = processor_time();
            let found = index.find(&Query::new(text), &[Owned::ByAll], 50);
            times.push(processor_time() - began);
            right += usize::from(found[0].0.iter().any(|found| found.id == entry.id));
        }
        times.sort();
        let at = |share: usize| times[(times.len() - 1) * share / 100];
        println!(
            "{what}: {} asked, the one meant among the first 50: {right}, median {:.1?}, 95 % {:.1?}",
            times.len(),
            at(50),
            at(95)
        );
    }
}
