mod bytes;
mod check;
mod fixture;
mod forgeries;
mod honest;
mod key;
mod tamper;
