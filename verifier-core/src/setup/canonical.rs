//! The one JSON form of setup files: RFC 8785 without what it takes to be hard.
//!
//! Keys are in ascending order and stand once, there is no white space, numbers are integers below 2^53,
//! and texts are printable ASCII without quotes, backslashes or escapes. So each value has one text, and
//! whatever is read encodes to the same bytes again. Any JSON tool makes it: in Python,
//! `json.dumps(x, sort_keys=True, separators=(",", ":"))`.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A JSON value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// An integer from 0 to [`MAX_INTEGER`].
    Integer(u64),
    /// A text of printable ASCII.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Value<'a>>),
    /// An object: its fields in ascending order of their names.
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

/// Why bytes are not in the canonical form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFormError {
    /// It is not JSON, or JSON that no setup file has: `true`, `false`.
    #[error("not valid JSON of a setup file at byte {at}")]
    Syntax {
        /// Where.
        at: usize,
    },
    /// It ends in the middle of a value.
    #[error("it ends too early")]
    Truncated,
    /// Something follows the value.
    #[error("something follows the end at byte {at}")]
    Trailing {
        /// Where.
        at: usize,
    },
    /// There is white space outside a text.
    #[error("white space at byte {at}")]
    WhiteSpace {
        /// Where.
        at: usize,
    },
    /// An object has a field twice.
    #[error("a field stands twice, at byte {at}")]
    DuplicateField {
        /// Where the second one is.
        at: usize,
    },
    /// The fields of an object are not in ascending order.
    #[error("a field is out of order at byte {at}")]
    FieldOrder {
        /// Where.
        at: usize,
    },
    /// A number is not an integer from 0 to 2^53 − 1, or has a sign, leading zeros, a fraction or an exponent.
    #[error("the number at byte {at} is not an integer from 0 to 9007199254740991")]
    Number {
        /// Where.
        at: usize,
    },
    /// A text has a character that is not printable ASCII, a backslash or an escape.
    #[error("the text at byte {at} is not plain printable ASCII")]
    Text {
        /// Where the character is.
        at: usize,
    },
    /// Lists and objects are nested deeper than in any setup file.
    #[error("nested too deeply at byte {at}")]
    Depth {
        /// Where.
        at: usize,
    },
}

impl JsonFormError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "setup-json",
            Self::Truncated => "setup-json-truncated",
            Self::Trailing { .. } => "setup-json-trailing",
            Self::WhiteSpace { .. } => "setup-white-space",
            Self::DuplicateField { .. } => "setup-duplicate-field",
            Self::FieldOrder { .. } => "setup-field-order",
            Self::Number { .. } => "setup-number",
            Self::Text { .. } => "setup-text",
            Self::Depth { .. } => "setup-depth",
        }
    }
}

/// The largest integer that every JSON implementation holds exactly.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;
/// How deep lists and objects may be nested: root file, roles, role, keys, key.
const MAX_DEPTH: usize = 5;

impl<'a> Value<'a> {
    /// Decodes the canonical form. The caller has capped its length.
    ///
    /// # Errors
    ///
    /// [`JsonFormError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, JsonFormError> {
        let mut parser = Parser { bytes, at: 0 };
        let value = parser.value(0)?;
        match parser.peek() {
            None => Ok(value),
            Some(b) if is_white_space(b) => Err(parser.white_space()),
            Some(_) => Err(JsonFormError::Trailing { at: parser.at }),
        }
    }

    /// Returns an object with these fields, in the order of their names. They are few: the library's sorting is much code in a
    /// browser.
    pub fn object(fields: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        let mut object: Vec<(Cow<'static, str>, Self)> = Vec::new();
        for (name, value) in fields {
            let at = object.partition_point(|(before, _)| before.as_ref() < name);
            object.insert(at, (Cow::Borrowed(name), value));
        }
        Self::Object(object)
    }

    /// Returns a text; whatever is displayed here is printable ASCII.
    pub fn text(text: impl ToString) -> Self {
        Self::Text(Cow::Owned(text.to_string()))
    }

    /// Returns the canonical form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = String::new();
        self.write(&mut out);
        out.into_bytes()
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Integer(x) => out.push_str(&x.to_string()),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                write_all(out, ['[', ']'], items, |item, out| item.write(out));
            }
            Self::Object(fields) => write_all(out, ['{', '}'], fields, |(name, value), out| {
                write_text(name, out);
                out.push(':');
                value.write(out);
            }),
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    out.push_str(text);
    out.push('"');
}

fn write_all<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: &[T],
    write: impl Fn(&T, &mut String),
) {
    out.push(open);
    let mut separator = "";
    for item in items {
        out.push_str(separator);
        write(item, out);
        separator = ",";
    }
    out.push(close);
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, JsonFormError> {
        let b = self.peek().ok_or(JsonFormError::Truncated)?;
        self.at = self.at.saturating_add(1);
        Ok(b)
    }

    const fn white_space(&self) -> JsonFormError {
        JsonFormError::WhiteSpace { at: self.at }
    }

    /// Returns the next byte, which is not white space, without taking it.
    fn token(&self) -> Result<u8, JsonFormError> {
        match self.peek() {
            None => Err(JsonFormError::Truncated),
            Some(b) if is_white_space(b) => Err(self.white_space()),
            Some(b) => Ok(b),
        }
    }

    fn expect(&mut self, expected: u8) -> Result<(), JsonFormError> {
        let at = self.at;
        if self.token()? != expected {
            return Err(JsonFormError::Syntax { at });
        }
        self.next().map(|_| ())
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, JsonFormError> {
        let at = self.at;
        match self.token()? {
            b'n' => {
                for b in *b"null" {
                    self.expect(b)?;
                }
                Ok(Value::Null)
            }
            b'"' => Ok(Value::Text(Cow::Borrowed(self.text()?))),
            b'[' | b'{' if depth == MAX_DEPTH => Err(JsonFormError::Depth { at }),
            b'[' => self.list(depth.saturating_add(1)),
            b'{' => self.object(depth.saturating_add(1)),
            b'-' | b'0'..=b'9' => self.integer(),
            _ => Err(JsonFormError::Syntax { at }),
        }
    }

    fn integer(&mut self) -> Result<Value<'a>, JsonFormError> {
        let at = self.at;
        let rest = self.bytes.get(at..).unwrap_or_default();
        let is_number = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let len = rest.iter().take_while(|b| is_number(b)).count();
        let text = rest
            .get(..len)
            .and_then(|text| core::str::from_utf8(text).ok());
        let number: Option<u64> = text.and_then(|text| text.parse().ok());
        // `parse` takes a sign and leading zeros; one number has one text here.
        let is_canonical = |x: &u64| *x <= MAX_INTEGER && Some(x.to_string().as_str()) == text;
        let number = number.filter(is_canonical);
        self.at = at.saturating_add(len);
        number
            .map(Value::Integer)
            .ok_or(JsonFormError::Number { at })
    }

    fn text(&mut self) -> Result<&'a str, JsonFormError> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            let at = self.at;
            match self.next()? {
                b'"' => {
                    let text = self.bytes.get(start..at).unwrap_or_default();
                    return core::str::from_utf8(text).map_err(|_| JsonFormError::Text { at });
                }
                b'\\' => return Err(JsonFormError::Text { at }),
                b if is_plain(b) => {}
                _ => return Err(JsonFormError::Text { at }),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value<'a>, JsonFormError> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        if self.token()? == b']' {
            self.next()?;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.goes_on(b']')? {
                continue;
            }
            return Ok(Value::List(items));
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value<'a>, JsonFormError> {
        self.expect(b'{')?;
        let mut fields: Vec<(Cow<'a, str>, Value<'a>)> = Vec::new();
        if self.token()? == b'}' {
            self.next()?;
            return Ok(Value::Object(fields));
        }
        loop {
            self.token()?;
            let at = self.at;
            let name = self.text()?;
            if fields.iter().any(|(earlier, _)| earlier == name) {
                return Err(JsonFormError::DuplicateField { at });
            }
            if fields.last().is_some_and(|(last, _)| last.as_ref() > name) {
                return Err(JsonFormError::FieldOrder { at });
            }
            self.expect(b':')?;
            let value = self.value(depth)?;
            fields.push((Cow::Borrowed(name), value));
            if self.goes_on(b'}')? {
                continue;
            }
            return Ok(Value::Object(fields));
        }
    }

    /// Takes a comma, after which there is more, or `close`.
    fn goes_on(&mut self, close: u8) -> Result<bool, JsonFormError> {
        let at = self.at;
        let b = self.token()?;
        self.next()?;
        match b {
            b',' => Ok(true),
            b if b == close => Ok(false),
            _ => Err(JsonFormError::Syntax { at }),
        }
    }
}

const fn is_white_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r')
}

const fn is_plain(b: u8) -> bool {
    matches!(b, b' '..=b'~') && b != b'"' && b != b'\\'
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"a":[1,null,"x y"],"b":{"c":0,"d":[]},"e":9007199254740991,"f":{}}"#;

    fn refused(text: &str) -> JsonFormError {
        Value::parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn accepts_what_encodes_to_the_same_bytes() {
        let value = Value::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(value.encode(), GOOD.as_bytes());
        let made = Value::object([("b", Value::Integer(1)), ("a", Value::text("t"))]);
        assert_eq!(made.encode(), br#"{"a":"t","b":1}"#);
    }

    /// Every change of one byte, and every removal and insertion, is refused or encodes to itself.
    #[test]
    fn whatever_is_accepted_encodes_to_the_same_bytes() {
        let good = GOOD.as_bytes();
        let mut accepted = 0;
        let mut check = |bytes: &[u8]| {
            if let Ok(value) = Value::parse(bytes) {
                assert_eq!(value.encode(), bytes);
                accepted += 1;
            }
        };
        for at in 0..good.len() {
            for b in 0..=255 {
                let mut changed = good.to_vec();
                changed[at] = b;
                check(&changed);
                let mut longer = good.to_vec();
                longer.insert(at, b);
                check(&longer);
            }
            let mut shorter = good.to_vec();
            shorter.remove(at);
            check(&shorter);
            check(&good[..at]);
        }
        assert!(accepted > 1000, "{accepted} were accepted");
    }

    #[test]
    fn rejects_each_other_form_with_its_code() {
        for (text, code) in [
            ("", "setup-json-truncated"),
            ("{", "setup-json-truncated"),
            (r#"{"a"#, "setup-json-truncated"),
            (r#"{"a":"#, "setup-json-truncated"),
            (r#"{"a":1"#, "setup-json-truncated"),
            ("true", "setup-json"),
            ("nul1", "setup-json"),
            ("[1,]", "setup-json"),
            ("[,1]", "setup-json"),
            ("[1 ,2]", "setup-white-space"),
            (" 1", "setup-white-space"),
            ("1\n", "setup-white-space"),
            ("{ }", "setup-white-space"),
            (r#"{"a" :1}"#, "setup-white-space"),
            (r#"{"a":	1}"#, "setup-white-space"),
            (r#"{"a":1,"a":1}"#, "setup-duplicate-field"),
            (r#"{"a":1,"b":1,"a":1}"#, "setup-duplicate-field"),
            (r#"{"b":1,"a":1}"#, "setup-field-order"),
            ("{}{}", "setup-json-trailing"),
            ("01", "setup-number"),
            ("-1", "setup-number"),
            ("-0", "setup-number"),
            ("1.0", "setup-number"),
            ("1e3", "setup-number"),
            ("9007199254740992", "setup-number"),
            ("99999999999999999999999", "setup-number"),
            (r#""\u0061""#, "setup-text"),
            (r#""\n""#, "setup-text"),
            ("\"\u{e9}\"", "setup-text"),
            ("\"\n\"", "setup-text"),
            ("\"\u{7f}\"", "setup-text"),
            ("[[[[[[1]]]]]]", "setup-depth"),
        ] {
            assert_eq!(refused(text).code(), code, "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(refused(&deep), JsonFormError::Depth { at: 5 });
    }
}
