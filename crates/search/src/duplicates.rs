//! What makes two contacts look like one person.
//!
//! [`keys`] gives what two writings of one person have in common, so that candidates are found by sorting and not by
//! comparing everybody with everybody. [`compare`] weighs a pair and says why.

use crate::typo::Wanted;
use crate::{fold, words};

/// Points from which two contacts are shown as one person.
pub const POINTS_MIN: u8 = 50;
/// Digits of a telephone number that must agree: a national number has as many nearly everywhere.
const PHONE_TAIL: usize = 7;
/// Longest calling code of a country.
const COUNTRY_DIGITS_MAX: usize = 3;

/// Mailboxes whose owner may write dots anywhere.
const WITHOUT_DOTS: [&str; 2] = ["gmail.com", "googlemail.com"];
/// Providers of mail for everybody: what stands behind a plus there is the owner's own mark, and people who share one
/// have nothing in common.
const PROVIDERS: [&str; 27] = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "hotmail.no",
    "hotmail.se",
    "hotmail.dk",
    "live.com",
    "live.no",
    "live.se",
    "live.dk",
    "msn.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "yahoo.com",
    "yahoo.no",
    "yahoo.se",
    "yahoo.dk",
    "proton.me",
    "protonmail.com",
    "fastmail.com",
    "online.no",
    "gmx.com",
    "gmx.net",
    "aol.com",
    "telia.com",
];

/// What is known of a contact and may be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub first_name: String,
    pub last_name: String,
    /// In lower case; empty when unknown.
    pub email: String,
    /// In any writing; empty when unknown.
    pub phone: String,
    pub company: String,
}

/// One thing that speaks for two contacts being one person, or against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The same mailbox, written in two ways.
    SameMailbox,
    /// The same number with its country.
    SamePhone,
    /// The same number, once without its country.
    SamePhoneOnceWithoutCountry,
    /// The same name, in any order.
    SameName,
    /// Names that differ by a slip of the fingers.
    SimilarName,
    /// The same employer.
    SameCompany,
    /// Addresses of the same company.
    SameMailDomain,
    /// Names that have nothing in common.
    OtherName,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::SameMailbox,
        Self::SamePhone,
        Self::SamePhoneOnceWithoutCountry,
        Self::SameName,
        Self::SimilarName,
        Self::SameCompany,
        Self::SameMailDomain,
        Self::OtherName,
    ];

    /// The word in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameMailbox => "same_mailbox",
            Self::SamePhone => "same_phone",
            Self::SamePhoneOnceWithoutCountry => "same_phone_once_without_country",
            Self::SameName => "same_name",
            Self::SimilarName => "similar_name",
            Self::SameCompany => "same_company",
            Self::SameMailDomain => "same_mail_domain",
            Self::OtherName => "other_name",
        }
    }

    /// What it weighs. A name alone is not enough, a number or mailbox alone is, unless the names speak against it:
    /// families share a telephone.
    pub fn points(self) -> i16 {
        match self {
            Self::SameMailbox => 75,
            Self::SamePhone => 55,
            Self::SamePhoneOnceWithoutCountry => 50,
            Self::SameName => 40,
            Self::SimilarName => 25,
            Self::SameCompany => 15,
            Self::SameMailDomain => 10,
            Self::OtherName => -25,
        }
    }
}

/// How alike two contacts are, from 0 to 100, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    pub points: u8,
    pub reasons: Vec<Reason>,
}

/// The mailbox behind an address: two writings that reach one mailbox are one. None without an address.
pub fn mailbox(email: &str) -> Option<String> {
    let (local, domain) = email.rsplit_once('@')?;
    let mut local = local.to_lowercase();
    let mut domain = domain.to_lowercase();
    if PROVIDERS.contains(&domain.as_str())
        && let Some((before, _)) = local.split_once('+')
        && !before.is_empty()
    {
        local.truncate(before.len());
    }
    if WITHOUT_DOTS.contains(&domain.as_str()) {
        local.retain(|c| c != '.');
        domain = WITHOUT_DOTS[0].to_owned();
    }
    (!local.is_empty()).then(|| format!("{local}@{domain}"))
}

/// A telephone number: its digits, and whether the country's stand before them.
fn phone(text: &str) -> Option<(String, bool)> {
    let text = text.trim().replace("(0)", "");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_international = text.starts_with('+') || digits.starts_with("00");
    let digits = digits.trim_start_matches('0').to_owned();
    (digits.len() >= PHONE_TAIL).then_some((digits, is_international))
}

fn compare_phones(left: &str, right: &str) -> Option<Reason> {
    let ((left, left_full), (right, right_full)) = (phone(left)?, phone(right)?);
    if left == right {
        return Some(if left_full == right_full { Reason::SamePhone } else { Reason::SamePhoneOnceWithoutCountry });
    }
    if left_full == right_full {
        return None;
    }
    let (full, short) = if left_full { (left, right) } else { (right, left) };
    let country = full.strip_suffix(&short)?;
    (country.len() <= COUNTRY_DIGITS_MAX).then_some(Reason::SamePhoneOnceWithoutCountry)
}

/// The words of a name, sorted: `Nordmann, Kari` is `Kari Nordmann`.
fn name(person: &Person) -> Vec<String> {
    let mut list = words::of(&format!("{} {}", person.first_name, person.last_name));
    list.sort();
    list
}

fn compare_names(left: &Person, right: &Person) -> Option<Reason> {
    let (left, right) = (name(left), name(right));
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left == right {
        // One word is a first name: too many people have it.
        return (left.len() > 1).then_some(Reason::SameName);
    }
    let (few, many) = if (left.len(), &left) <= (right.len(), &right) { (left, right) } else { (right, left) };
    let mut rest = many;
    for word in &few {
        match rest.iter().position(|other| is_same_word(word, other)) {
            Some(place) => {
                rest.remove(place);
            }
            None => return Some(Reason::OtherName),
        }
    }
    (few.len() > 1).then_some(Reason::SimilarName)
}

/// Whether two words of names may be meant alike: a slip of the fingers, or an initial.
fn is_same_word(left: &str, right: &str) -> bool {
    let is_initial = |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    let is_slip = |left: &str, right: &str| Wanted::new(left.to_owned()).is_slip_of(right);
    is_initial(left, right) || is_initial(right, left) || is_slip(left, right) || is_slip(right, left)
}

fn company(person: &Person) -> String {
    const FORMS: [&str; 12] = ["as", "asa", "ab", "aps", "oy", "oyj", "gmbh", "ltd", "inc", "llc", "sa", "ans"];
    let list = words::of(&person.company);
    list.into_iter().filter(|word| !FORMS.contains(&word.as_str())).collect::<Vec<_>>().join(" ")
}

/// The domain of a company's mail; none of a provider for everybody.
fn company_domain(person: &Person) -> Option<&str> {
    let (_, domain) = person.email.rsplit_once('@')?;
    (!PROVIDERS.contains(&domain)).then_some(domain)
}

/// What two contacts have in common, and whether that is enough to ask somebody.
pub fn compare(left: &Person, right: &Person) -> Option<Likeness> {
    let mut reasons = Vec::new();
    if let (Some(left), Some(right)) = (mailbox(&left.email), mailbox(&right.email))
        && left == right
    {
        reasons.push(Reason::SameMailbox);
    }
    reasons.extend(compare_phones(&left.phone, &right.phone));
    reasons.extend(compare_names(left, right));
    let (left_company, right_company) = (company(left), company(right));
    if !left_company.is_empty() && left_company == right_company {
        reasons.push(Reason::SameCompany);
    }
    if let (Some(left), Some(right)) = (company_domain(left), company_domain(right))
        && left == right
        && !reasons.contains(&Reason::SameMailbox)
    {
        reasons.push(Reason::SameMailDomain);
    }
    reasons.sort();
    let sum: i16 = reasons.iter().map(|reason| reason.points()).sum();
    let points = sum.clamp(0, 100) as u8;
    (points >= POINTS_MIN).then_some(Likeness { points, reasons })
}

/// What contacts that may be one person share, hashed: two that [`compare`] finds alike have a key in common, but where
/// each half of a name has a mistake and one of them is in its first letter.
pub fn keys(person: &Person) -> Vec<u64> {
    let mut texts = Vec::new();
    texts.extend(mailbox(&person.email).map(|text| format!("m{text}")));
    if let Some((digits, _)) = phone(&person.phone) {
        texts.push(format!("p{}", &digits[digits.len() - PHONE_TAIL..]));
    }
    let name = name(person);
    let (place, domain) = (company(person), company_domain(person));
    if name.len() > 1 {
        // By the name as it is, and by either half of it at one employer, where the other half is misspelt.
        for place in [Some(place.as_str()).filter(|place| !place.is_empty()), domain].into_iter().flatten() {
            texts.push(format!("n{} {place}", name.join(" ")));
            for half in [&person.first_name, &person.last_name] {
                texts.push(format!("h{} {place}", fold(half.trim())));
            }
            let initials: String = name.iter().filter_map(|word| word.chars().next()).collect();
            texts.push(format!("i{initials} {place}"));
        }
    }
    let mut keys: Vec<u64> = texts.iter().map(|text| hash(text)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// FNV-1a: the same in every run, so that a test may rely on it.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(first: &str, last: &str, email: &str, phone: &str, company: &str) -> Person {
        let text = str::to_owned;
        Person {
            first_name: text(first),
            last_name: text(last),
            email: text(email),
            phone: text(phone),
            company: text(company),
        }
    }

    #[test]
    fn two_writings_of_one_mailbox_are_one() {
        let same = ["Kari.Nordmann@gmail.com", "karinordmann+shop@gmail.com", "k.arinordmann@googlemail.com"];
        for email in same {
            assert_eq!(mailbox(email).unwrap(), "karinordmann@gmail.com");
        }
        assert_eq!(mailbox("a.b+c@firma.no").unwrap(), "a.b+c@firma.no", "a company may mean another mailbox");
        assert_eq!(mailbox("a.b+c@outlook.com").unwrap(), "a.b@outlook.com");
        assert_eq!((mailbox(""), mailbox("+x@gmail.com").as_deref()), (None, Some("+x@gmail.com")));
    }

    #[test]
    fn pairs_are_weighed() {
        use Reason::*;
        let kari = person("Kari", "Nordmann", "kari@fjord.example", "+47 22 33 44 55", "Fjord AS");
        type Wanted<'a> = Option<(u8, &'a [Reason])>;
        let table: [(Person, Wanted<'_>); 11] = [
            (
                person("Kari", "Nordmann", "k.n@gmail.com", "22 33 44 55", ""),
                Some((90, &[SamePhoneOnceWithoutCountry, SameName])),
            ),
            (person("Nordmann", "Kari", "", "0047 22334455", ""), Some((95, &[SamePhone, SameName]))),
            (
                person("Kari", "Nordman", "kn@fjord.example", "", "Fjord"),
                Some((50, &[SimilarName, SameCompany, SameMailDomain])),
            ),
            (
                person("Kari", "Nordmann", "kn@fjord.example", "", "Fjord"),
                Some((65, &[SameName, SameCompany, SameMailDomain])),
            ),
            (person("", "", "", "+47 22 33 44 55", ""), Some((55, &[SamePhone]))),
            // A family's telephone, another country's number, a name that many have.
            (person("Ola", "Nordmann", "", "+47 22 33 44 55", ""), None),
            (person("Kari", "Nordmann", "kari@gmail.com", "+46 22 33 44 55", ""), None),
            (person("Kari", "", "", "", "Fjord AS"), None),
            (
                person("Kari Anne", "Nordmann", "ka@fjord.example", "", "FJORD as"),
                Some((50, &[SimilarName, SameCompany, SameMailDomain])),
            ),
            (
                person("K.", "Nordmann", "k@fjord.example", "", "Fjord"),
                Some((50, &[SimilarName, SameCompany, SameMailDomain])),
            ),
            (person("Kari", "Hansen", "kh@fjord.example", "", "Fjord"), None),
        ];
        for (other, wanted) in table {
            let found = compare(&kari, &other);
            let wanted = wanted.map(|(points, reasons)| Likeness { points, reasons: reasons.to_vec() });
            assert_eq!(found, wanted, "{other:?}");
            if found.is_some() {
                assert!(keys(&kari).iter().any(|key| keys(&other).contains(key)), "{other:?} is a candidate");
            }
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::ALL.iter().filter(|other| other.as_str() == reason.as_str()).count(), 1);
        }
    }

    fn any_person() -> impl Strategy<Value = Person> {
        let first = prop::sample::select(vec!["", "Kari", "Kair", "Ola", "K"]);
        let last = prop::sample::select(vec!["", "Nordmann", "Nordman", "Haugen"]);
        let email =
            prop::sample::select(vec!["", "a.b@gmail.com", "ab+x@gmail.com", "k@fjord.example", "kn@fjord.example"]);
        let phone = prop::sample::select(vec!["", "22334455", "+4722334455", "+4622334455", "022334455"]);
        let company = prop::sample::select(vec!["", "Fjord AS", "Fjord", "Berg"]);
        (first, last, email, phone, company)
            .prop_map(|(first, last, email, phone, company)| person(first, last, email, phone, company))
    }

    proptest! {
        #[test]
        fn likeness_has_no_direction_and_candidates_miss_little(left in any_person(), right in any_person()) {
            prop_assert_eq!(compare(&left, &right), compare(&right, &left));
            if let Some(found) = compare(&left, &right) {
                let share = keys(&left).iter().any(|key| keys(&right).contains(key));
                prop_assert!(share, "{:?}", found);
            }
        }
    }
}
