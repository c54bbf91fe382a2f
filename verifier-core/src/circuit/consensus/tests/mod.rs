mod bytes;
mod check;
mod forgeries;
mod honest;
mod key;
mod tamper;
