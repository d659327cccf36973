//! What a browser may run, load and send on a page. The page's own styles and scripts are named by their hashes:
//! the policy is the same for every visitor, and nothing that was smuggled into a page is among them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The Content-Security-Policy of a page with these inline styles and scripts. `redirects` are the addresses its
/// forms lead to afterwards: browsers apply `form-action` to where a sent form is redirected, too.
pub(super) fn of(css: &str, scripts: &[&str], redirects: &[&str]) -> String {
    let mut form_action = String::from("'self'");
    for redirect in redirects {
        if let Ok(url) = url::Url::parse(redirect)
            && matches!(url.scheme(), "http" | "https")
        {
            form_action.push(' ');
            form_action.push_str(&url.origin().ascii_serialization());
        }
    }
    // From this site comes the snippet. Uploads come from it too, but none of them is served as a script.
    let mut script_src = String::from("'self'");
    for script in scripts.iter().filter(|script| !script.is_empty()) {
        // Writing into a String cannot fail.
        let _ = write!(script_src, " {}", hash(script));
    }
    format!(
        "default-src 'none'; script-src {script_src}; style-src {}; img-src 'self' https: data:; \
         media-src 'self' https:; frame-src https://www.youtube-nocookie.com https://player.vimeo.com; \
         connect-src 'self'; form-action {form_action}; base-uri 'none'; frame-ancestors 'self'",
        hash(css)
    )
}

pub(super) fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_leads_elsewhere_is_allowed_to() {
        let policy = of("", &[], &["https://booking.example/a?b", "/thanks", "javascript:alert(1)"]);
        assert!(policy.contains("form-action 'self' https://booking.example;"), "{policy}");
    }

    #[test]
    fn what_stands_in_the_page_is_named_by_its_hash() {
        let policy = of("a{}", &["", "alert(1)"], &[]);
        // printf %s "$text" | openssl dgst -sha256 -binary | base64
        assert!(
            policy.contains("script-src 'self' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=';"),
            "{policy}"
        );
        assert!(policy.contains("style-src 'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk=';"), "{policy}");
    }
}
