//! Prints a built-in mail with invented facts, to look at in a browser:
//! `cargo run -p channels --example show_mail -- lead-magnet nb > mail.html`

use channels::mail::{Builtin, builtin, sample, template};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name: Builtin = arguments.next().unwrap_or_default().parse()?;
    let locale = arguments.next().unwrap_or_else(|| "en".to_owned()).parse()?;
    let mail = template::render(&builtin(name, &locale), &sample(name, &locale))?;
    println!("{}", mail.html);
    Ok(())
}
