//! Reads the `code` of a problem document (RFC 9457), and nothing else in it.
//!
//! It is for people: what a client does next depends on status and `Retry-After` alone. So this is
//! not a full JSON parser, which would bring number parsing into the wasm: it walks the members of
//! the outer object up to `code`, and accepts that only if it is a plain lower-case word.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use core::str;

/// Returns the code, if there is one that is safe to show.
pub(crate) fn code_of(body: &[u8]) -> Option<&str> {
    if body.len() > MAX_BYTES {
        return None;
    }
    let mut text = Scanner { rest: body };
    text.expect(b'{')?;
    loop {
        let name = text.string()?;
        text.expect(b':')?;
        if name == b"code" {
            return word(text.string()?);
        }
        text.skip_value()?;
        text.expect(b',')?;
    }
}

fn word(text: &[u8]) -> Option<&str> {
    let is_word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
    let fits = (1..=MAX_CODE_BYTES).contains(&text.len());
    if !(fits && text.iter().all(is_word)) {
        return None;
    }
    str::from_utf8(text).ok()
}

struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    /// Takes the next byte that is not white space, if it is `byte`.
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.trim_ascii_start().split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Takes a string, and returns what is between its quotes as it is written.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let text = self.rest;
        let mut escaped = false;
        let end = text.iter().position(|&byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        let (inside, rest) = text.split_at_checked(end)?;
        self.rest = rest.get(1..)?;
        Some(inside)
    }

    /// Takes a value of any kind, up to the comma or the brace that follows it.
    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            match self.rest.trim_ascii_start().first()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b',' | b'}' if depth == 0 => return Some(()),
                b'{' | b'[' => depth = depth.checked_add(1)?,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            self.next()?;
        }
    }
}

const MAX_BYTES: usize = 8 << 10;
const MAX_CODE_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> Option<&str> {
        code_of(body.as_bytes())
    }

    #[test]
    fn finds_the_code_wherever_it_stands() {
        let code_of_all = [
            r#"{"code":"not-proven-yet"}"#,
            r#" { "code" : "not-proven-yet" , "x":1}"#,
            r#"{"type":"/problems/x","status":404,"detail":"a \"code\":\"b\"","code":"not-proven-yet"}"#,
            r#"{"a":{"code":"other","b":["}",{}]},"c":[1.5e3,null],"code":"not-proven-yet"}"#,
            r#"{"a":"\\","code":"not-proven-yet"}"#,
        ];
        for body in code_of_all {
            assert_eq!(code(body), Some("not-proven-yet"), "{body}");
        }
    }

    #[test]
    fn shows_nothing_that_is_not_a_plain_word() {
        let long = format!(r#"{{"code":"{}"}}"#, "a".repeat(65));
        let refused = [
            "",
            "<html>",
            "[]",
            "{}",
            r#""code""#,
            r#"{"code":404}"#,
            r#"{"code":"\u001b[2J"}"#,
            r#"{"code":"Not-Proven"}"#,
            r#"{"code":""}"#,
            r#"{"code":"cut"#,
            r#"{"code" "x"}"#,
            r#"{"a":{"code":"inner"}}"#,
            r#"{"a":[}],"code":"x"}"#,
            r#"{"a":1 "code":"x"}"#,
            long.as_str(),
        ];
        for body in refused {
            assert_eq!(code(body), None, "{body}");
        }
        let spaces = " ".repeat(MAX_BYTES);
        assert_eq!(code(&format!(r#"{spaces}{{"code":"x"}}"#)), None);
    }
}
