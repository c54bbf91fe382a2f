mod forgeries;
mod honest;
mod key;
mod tamper;
