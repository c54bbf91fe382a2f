mod check;
mod fixture;
mod honest;
