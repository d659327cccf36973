//! The browser snippet as it is served. Its wire format stands at the head of `snippet/suppilo.js`.

use std::sync::LazyLock;

use super::style::press_js;

/// The most it may have once compressed.
#[cfg(test)]
const MAX_GZIP_BYTES: usize = 2048;

static SNIPPET: LazyLock<String> = LazyLock::new(|| press_js(include_str!("../../../snippet/suppilo.js")));

/// The script other sites load, without what only people read. Names are left whole: compressed they cost less
/// than a build step that shortens them.
pub fn browser_snippet() -> &'static str {
    &SNIPPET
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_snippet_stays_small() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(browser_snippet().as_bytes()).unwrap();
        let bytes = gzip.finish().unwrap().len();
        assert!(bytes <= MAX_GZIP_BYTES, "{bytes} bytes compressed, at most {MAX_GZIP_BYTES}");
        assert!(!browser_snippet().contains("//"), "comments stay at home");
    }
}
