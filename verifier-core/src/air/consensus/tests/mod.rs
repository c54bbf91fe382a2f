mod check;
mod fixture;
mod honest;
mod key;
