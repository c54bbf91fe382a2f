mod forgeries;
pub(crate) mod headers;
mod honest;
mod key;
mod tamper;
