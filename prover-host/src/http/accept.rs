//! `Encoding`: how a document is encoded, chosen by the request's `Accept` (RFC 9110, section
//! 12.5.1).

use axum::http::{HeaderMap, header};
use rpp_verifier::BLOCK_MEDIA_TYPE;

/// How a document is encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    /// As JSON, for people and other tools: the default for anyone who does not ask for bytes.
    Json,
    /// As bytes.
    Binary,
}

impl Encoding {
    /// Returns the media type.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Binary => BLOCK_MEDIA_TYPE,
        }
    }

    /// Returns bytes if the request names their media type and does not prefer JSON. A wildcard is
    /// not enough, since programs that only know JSON send one.
    pub(super) fn of(request: &HeaderMap) -> Self {
        let fields = request.get_all(header::ACCEPT).into_iter();
        let ranges: Vec<_> = fields
            .filter_map(|field| field.to_str().ok())
            .flat_map(|field| field.split(','))
            .filter_map(range)
            .collect();
        let named = |name: &str| {
            let same = ranges
                .iter()
                .filter(|(of, _)| of.eq_ignore_ascii_case(name));
            same.map(|(_, quality)| *quality).max()
        };
        let json = ["application/json", "application/*", "*/*"];
        let json = json.into_iter().find_map(named).unwrap_or(0);
        match named(BLOCK_MEDIA_TYPE) {
            Some(quality) if quality > 0 && quality >= json => Self::Binary,
            _ => Self::Json,
        }
    }
}

/// Returns whether the request takes this content coding (RFC 9110, section 12.5.3). A wildcard is
/// not enough.
pub(super) fn takes_encoding(request: &HeaderMap, coding: &str) -> bool {
    let fields = request.get_all(header::ACCEPT_ENCODING).into_iter();
    let mut named = fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
        .filter_map(range);
    named.any(|(name, quality)| name.eq_ignore_ascii_case(coding) && quality > 0)
}

/// Parses one range: its media type, and its quality in thousandths. A malformed one is ignored.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next()?;
    let weight = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    Some((name, weight.map_or(Some(1000), quality)?))
}

/// Parses `0`, `1`, or either with up to three decimals, to at most 1.
fn quality(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = decimals.len() <= 3 && decimals.bytes().all(|b| b.is_ascii_digit());
    if !(is_number && matches!(whole, "0" | "1")) {
        return None;
    }
    let thousandths: u16 = format!("{whole}{decimals:0<3}").parse().ok()?;
    (thousandths <= 1000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(accept: &[&str]) -> Encoding {
        let mut request = HeaderMap::new();
        for field in accept {
            request.append(header::ACCEPT, field.parse().expect("a header"));
        }
        Encoding::of(&request)
    }

    #[test]
    fn writes_bytes_for_those_who_name_them() {
        for accept in [
            &["application/vnd.rpp.block"][..],
            &["Application/VND.rpp.Block"],
            &["application/vnd.rpp.block; q=0.5"],
            &["application/vnd.rpp.block, */*"],
            &["application/json;q=0.9", "application/vnd.rpp.block"],
            &["application/vnd.rpp.block;v=1;q=1.000,application/json;q=1"],
            &["application/json;q=2, application/vnd.rpp.block;q=0.1"],
        ] {
            assert_eq!(of(accept), Encoding::Binary, "{accept:?}");
        }
    }

    #[test]
    fn writes_json_for_everybody_else() {
        for accept in [
            &[][..],
            &["*/*"],
            &["application/*"],
            &["text/html"],
            &["application/json"],
            &["application/vnd.rpp.block;q=0"],
            &["application/vnd.rpp.block;q=0.5, application/json"],
            &["application/vnd.rpp.block;q=0.5, */*"],
            &["application/vnd.rpp.block;q=x"],
            &["application/vnd.rpp.proof"],
            &[",;="],
        ] {
            assert_eq!(of(accept), Encoding::Json, "{accept:?}");
        }
    }
}
