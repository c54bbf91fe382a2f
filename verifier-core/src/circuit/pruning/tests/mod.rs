mod forgeries;
mod headers;
mod honest;
mod key;
mod tamper;
