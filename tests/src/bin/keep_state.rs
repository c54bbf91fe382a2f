//! Owns the state in a file for as long as its input lasts, and saves each line of it: `keep_state FILE`.
//!
//! It prints `ok` or a code when it has opened the file, and after each line.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};

use rpp_light_client::{FileStore, Store, StoreError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: keep_state FILE")?;
    let opened = FileStore::open(path);
    say(opened.as_ref().err())?;
    let store = opened?;
    for line in stdin().lock().lines() {
        say(store.save(line?.as_bytes()).await.err().as_ref())?;
    }
    Ok(())
}

fn say(error: Option<&StoreError>) -> std::io::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{}", error.map_or("ok", StoreError::code))?;
    out.flush()
}
